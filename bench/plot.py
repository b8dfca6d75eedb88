"""Draws the results as bars for each server, for light and dark themes."""

from html import escape

from bench.cases import CASES
from bench.results import Result
from bench.servers import KINDS

# The panels: case, figure, title. Shorter bars are better, except for deliveries a second.
PANELS = (
    ("fan-out", "cpu", "CPU per delivery (µs)"),
    ("saturation", "rate", "Deliveries a second, at most"),
    ("memory", "memory", "Memory per connection (KB)"),
    ("connect", "cpu", "CPU per connection (µs)"),
    ("small-rooms", "cpu", "CPU per message, small rooms (µs)"),
    ("post", "cpu", "CPU per message stored in DynamoDB (µs)"),
)
COLUMNS = 2
WIDTH, HEIGHT, GAP = 400, 160, 24  # of a panel, and between panels
TITLE, BAR, PITCH = 26, 20, 32  # height of a title, of a bar, and distance of two bars
LABEL = 128  # width of the names of the servers
VALUE = 64  # width for the figure beside the longest bar

STYLE = """
  text { font: 13px system-ui, sans-serif; fill: #57606a }
  .title { font-weight: 600; fill: #1f2328 }
  .value { font-variant-numeric: tabular-nums; fill: #1f2328 }
  .ours { fill: #0969da }
  .node, .stock, .floor { fill: #afb8c1 }
  @media (prefers-color-scheme: dark) {
    text { fill: #9198a1 }
    .title, .value { fill: #f0f6fc }
    .ours { fill: #4493f8 }
    .node, .stock, .floor { fill: #545d68 }
  }
"""


def draw(results: dict[str, Result]) -> str:
    """The picture, as SVG."""
    panels = [panel for panel in PANELS if panel[0] in results]
    rows = -(-len(panels) // COLUMNS)
    width = COLUMNS * (WIDTH + GAP) + GAP
    height = rows * (HEIGHT + GAP) + GAP
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img">',
        "<title>Cloud Chat beside Node, stock Flask-SocketIO and the floor</title>",
        f"<style>{STYLE}</style>",
    ]
    for index, (case, key, title) in enumerate(panels):
        row, column = divmod(index, COLUMNS)
        x, y = GAP + column * (WIDTH + GAP), GAP + row * (HEIGHT + GAP)
        parts.append(f'<g transform="translate({x} {y})">')
        parts += _panel(case, key, title, results[case])
        parts.append("</g>")
    return "\n".join([*parts, "</svg>\n"])


def _panel(case: str, key: str, title: str, result: Result) -> list[str]:
    medians = {server: result.median(server, key) for server in CASES[case].servers}
    values = {server: value for server, value in medians.items() if value}
    scale = (WIDTH - LABEL - VALUE) / max(values.values(), default=1)
    parts = [f'<text class="title" y="14">{escape(title)}</text>']
    for index, (server, value) in enumerate(values.items()):
        parts += _bar(server, value, TITLE + index * PITCH, value * scale)
    return parts


def _bar(server: str, value: float, y: float, length: float) -> list[str]:
    middle = y + BAR / 2 + 4.5
    text = f"{value:,.0f}" if value >= 100 else f"{value:.1f}"
    return [
        f'<text x="{LABEL - 10}" y="{middle}" text-anchor="end">{_SHORT[server]}</text>',
        f'<rect class="{server}" x="{LABEL}" y="{y}" width="{length:.1f}" height="{BAR}" rx="3"/>',
        f'<text class="value" x="{LABEL + length + 8:.1f}" y="{middle}">{text}</text>',
    ]


_SHORT = {name: kind.title.split(",")[0].removeprefix("stock ") for name, kind in KINDS.items()}
