"""The layout of `chat/` follows the architecture: imports point one way."""

from scripts.architecture import CHAT, PICTURE, draw, imports

# From the top to the bottom: a package imports what stands below it, and nothing beside it.
LAYERS = (
    {"app"},
    {"web", "process", "bus"},
    {"realtime"},
    {"rooms"},
    {"accounts"},
    {"history"},
    {"storage"},
    {"messages"},
    {
        *(
            "settings",
            "openid_settings",
            "bus_settings",
            "errors",
            "text",
            "addresses",
            "clocks",
            "rate_limit",
        ),
        *("histogram", "metric", "private_files"),
    },
)
LEVEL = {part: level for level, layer in enumerate(LAYERS) for part in layer}
BASE = LAYERS[-1]

# Also forbidden, though they point down: a part would depend on how another one is implemented.
FORBIDDEN = {
    ("web", "realtime"),  # it gets callables instead
    ("realtime", "storage.sqlite"),
    ("realtime", "storage.dynamodb"),
    ("web", "storage.sqlite"),
    ("web", "storage.dynamodb"),
}


def test_every_part_has_its_place():
    parts = {
        path.stem
        for path in CHAT.iterdir()
        if path.suffix == ".py" or (path / "__init__.py").exists()
    }
    assert parts - {"__init__", "delivery"} == set(LEVEL)


def test_imports_point_one_way():
    wrong = [
        f"{module} imports {imported}"
        for module, imported in imports()
        if not may_import(module, imported)
    ]
    assert not wrong


def may_import(module, imported):
    part, other = module.partition(".")[0], imported.partition(".")[0]
    if part in {"__init__", other}:
        return True
    if "delivery" in {part, other}:
        return other == "delivery" and part != "settings"
    if any(part == upper and imported.startswith(lower) for upper, lower in FORBIDDEN):
        return False
    return LEVEL[part] < LEVEL[other] or (part in BASE and other in BASE)


def test_no_file_is_too_long():
    long = {str(file) for file in CHAT.rglob("*.py") if len(file.read_text().splitlines()) > 320}
    assert not long


def test_the_picture_is_that_of_the_code():
    assert PICTURE.read_text() == draw(), "draw it with `python -m scripts.architecture`"
