"""Draws the packages of `chat/` and what they import: `python -m scripts.architecture`.

The picture is docs/architecture.svg. All of it comes from the code: the boxes from the packages,
the texts from the docstrings, the arrows from the imports. An import that other arrows imply, such
as that of `errors` in `web`, has no arrow.
"""

import ast
from collections.abc import Iterator
from html import escape
from pathlib import Path
from textwrap import wrap
from typing import NamedTuple

ROOT = Path(__file__).parent.parent
CHAT = ROOT / "chat"
PICTURE = ROOT / "docs/architecture.svg"

TOP = "app"
BASE = "base"  # the modules that stand beside the packages, except for the one at the top
LIBRARY = "delivery"  # imports nothing of the chat, so it stands beside the layers

WIDTH, LIBRARY_WIDTH, GAP, ARROW = 660, 200, 24, 26  # px; ARROW is the height between two rows
LINE, PADDING, CHARACTER = 17, 12, 6.3  # px: height of a line, inner margin, width of a character

STYLE = """
  text { font: 12px system-ui, sans-serif; fill: #57606a }
  .name { font-weight: 600; font-size: 14px; fill: #1f2328 }
  .modules { font-family: ui-monospace, monospace; font-size: 11px }
  rect { fill: #f6f8fa; stroke: #d0d7de }
  .library { fill: #ddf4ff; stroke: #54aeff }
  path { stroke: #8c959f; fill: none; marker-end: url(#head) }
  #head path { stroke: none; fill: #8c959f; marker-end: none }
  @media (prefers-color-scheme: dark) {
    text { fill: #9198a1 }
    .name { fill: #f0f6fc }
    rect { fill: #151b23; stroke: #3d444d }
    .library { fill: #121d2f; stroke: #1f6feb }
    path { stroke: #656c76 }
    #head path { fill: #656c76 }
  }
"""


def imports() -> Iterator[tuple[str, str]]:
    """Pairs: a module of the chat, and what it imports of the chat, both without `chat.`."""
    for file in sorted(CHAT.rglob("*.py")):
        module = ".".join(file.relative_to(CHAT).with_suffix("").parts)
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.ImportFrom) and node.module == "chat":
                yield from ((module, alias.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("chat."):
                yield module, (node.module or "").removeprefix("chat.")
            elif isinstance(node, ast.Import):
                yield from ((module, each.name) for each in node.names if "chat" in each.name)


class Part(NamedTuple):
    """A package, or the modules that stand beside the packages."""

    name: str
    purpose: str
    modules: tuple[str, ...]
    needs: frozenset[str]  # the parts that it imports


def parts() -> dict[str, Part]:
    """All parts, by name."""
    needs: dict[str, set[str]] = {}
    for module, imported in imports():
        part, other = _part_of(module), _part_of(imported)
        if module != "__init__" and part != other:
            needs.setdefault(part, set()).add(other)
    packages = sorted(path.parent for path in CHAT.glob("*/__init__.py"))
    modules = sorted(path for path in CHAT.glob("*.py") if path.stem not in {"__init__", TOP})
    found = [
        Part(TOP, _purpose(CHAT / f"{TOP}.py"), (), frozenset(needs[TOP])),
        *(_package(folder, frozenset(needs.get(folder.name, ()))) for folder in packages),
        Part(BASE, "What every part may use.", tuple(each.stem for each in modules), frozenset()),
    ]
    return {part.name: part for part in found}


def _package(folder: Path, needs: frozenset[str]) -> Part:
    modules = [path.stem for path in sorted(folder.glob("*.py")) if path.stem != "__init__"]
    backends = [f"{path.parent.name}/" for path in sorted(folder.glob("*/__init__.py"))]
    return Part(folder.name, _purpose(folder / "__init__.py"), (*modules, *backends), needs)


def _part_of(module: str) -> str:
    name = module.partition(".")[0]
    return name if name == TOP or (CHAT / name).is_dir() else BASE


def _purpose(file: Path) -> str:
    """The first sentence of the docstring."""
    return (ast.get_docstring(ast.parse(file.read_text())) or "").splitlines()[0]


class Box(NamedTuple):
    """Where a part is drawn; rows count from the top."""

    part: Part
    first: int
    last: int
    column: int


def rows(found: dict[str, Part]) -> list[Box]:
    """Each part below all that import it; it reaches down to the first part that it imports."""
    layers = {name: part for name, part in found.items() if name != LIBRARY}

    def row(name: str) -> int:
        users = [other for other, part in layers.items() if name in part.needs]
        return 1 + max(map(row, users), default=-1)

    row_of = {name: row(name) for name in layers}
    boxes: list[Box] = []
    for name in sorted(layers, key=lambda each: row_of[each]):
        first = row_of[name]
        below = [row_of[other] for other in layers[name].needs if other in row_of]
        last = max(first, min(below, default=first + 1) - 1)
        taken = {box.column for box in boxes if box.first <= last and first <= box.last}
        column = min(set(range(len(taken) + 1)) - taken)
        boxes.append(Box(layers[name], first, last, column))
    return boxes


def arrows(found: dict[str, Part]) -> list[tuple[str, str]]:
    """The imports that no others imply."""

    def reached(name: str) -> frozenset[str]:
        return found[name].needs.union(*(reached(other) for other in found[name].needs))

    return [
        (name, other)
        for name, part in found.items()
        for other in sorted(part.needs)
        if not any(other in reached(third) for third in part.needs if third != other)
        and LIBRARY not in {name, other}
    ]


def draw() -> str:
    """The picture, as SVG."""
    found = parts()
    boxes = rows(found)
    columns = {box: 1 + max(each.column for each in boxes if _meet(each, box)) for box in boxes}
    texts = {box: _text(box.part, WIDTH // columns[box] - GAP) for box in boxes}
    tops = _tops(boxes, texts)
    frames = {}
    for box in boxes:
        width = (WIDTH - GAP * (columns[box] - 1)) / columns[box]
        top, bottom = tops[box.first], tops[box.last + 1] - ARROW
        frames[box.part.name] = (GAP + box.column * (width + GAP), top, width, bottom - top)
    height = tops[-1] - ARROW + GAP
    shapes = [_box(frames[box.part.name], texts[box], box.part.name) for box in boxes]
    lines = [_arrow(frames[name], frames[other]) for name, other in arrows(found)]
    library = (GAP + WIDTH + GAP, tops[1], LIBRARY_WIDTH, tops[-1] - ARROW - tops[1])
    shapes.append(_box(library, _text(found[LIBRARY], LIBRARY_WIDTH), LIBRARY))
    width = 3 * GAP + WIDTH + LIBRARY_WIDTH
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img">',
            "<title>The packages of chat/: each imports only what stands below it</title>",
            f"<style>{STYLE}</style>",
            (
                '<marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" '
                'markerHeight="7" orient="auto"><path d="M0 0 L8 4 L0 8 Z"/></marker>'
            ),
            *shapes,
            *lines,
            "</svg>\n",
        ]
    )


def _meet(one: Box, other: Box) -> bool:
    return one.first <= other.last and other.first <= one.last


def _text(part: Part, width: int) -> list[tuple[str, str]]:
    """Lines, each with its class."""
    room = int((width - 2 * PADDING) / CHARACTER)
    modules = wrap(" ".join(part.modules), int(room * 0.92))
    name = {TOP: f"{TOP}.py", BASE: "*.py"}.get(part.name, f"{part.name}/")
    return [
        ("name", name),
        *(("", line) for line in wrap(part.purpose, room)),
        *(("modules", line) for line in modules),
    ]


def _tops(boxes: list[Box], texts: dict[Box, list[tuple[str, str]]]) -> list[int]:
    """The top of each row, and of the row that would follow the last."""
    tops = [GAP]
    for row in range(max(box.last for box in boxes) + 1):
        ending = [box for box in boxes if box.last == row]
        bottoms = [tops[box.first] + 2 * PADDING + LINE * len(texts[box]) for box in ending]
        tops.append(max(bottoms, default=tops[row]) + ARROW)
    return tops


Frame = tuple[float, float, float, float]  # x, y, width, height


def _box(frame: Frame, lines: list[tuple[str, str]], name: str) -> str:
    x, y, width, height = frame
    kind = ' class="library"' if name == LIBRARY else ""
    shape = f'<rect{kind} x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="6"/>'
    texts = [
        f'<text class="{kind}" x="{x + PADDING:g}" y="{y + PADDING + LINE * number - 4:g}">'
        f"{escape(line)}</text>"
        for number, (kind, line) in enumerate(lines, 1)
    ]
    return "\n".join([shape, *texts])


def _arrow(start: Frame, end: Frame) -> str:
    """Straight down, in the middle of the horizontal overlap of the two boxes."""
    left = max(start[0], end[0])
    right = min(start[0] + start[2], end[0] + end[2])
    middle = (left + right) / 2
    return f'<path d="M{middle:g} {start[1] + start[3]:g} V{end[1] - 2:g}"/>'


if __name__ == "__main__":
    PICTURE.write_text(draw())
