"""Records and ports say exactly what flows: no `Any`, no `object`, no bags of string keys."""

import ast
from pathlib import Path

import pytest

SRC = Path(__file__).parents[2] / "src" / "skillstrata"
# Any JSON value has its one name here: what a tool takes and gives is as wide as its schemas.
JSON = SRC / "records" / "json_values.py"
SEAMS = sorted(p for folder in ("records", "ports") for p in (SRC / folder).rglob("*.py") if p != JSON)


def _untyped(source: str) -> list[str]:
    tree = ast.parse(source)
    owners = {id(n.value) for n in ast.walk(tree) if isinstance(n, ast.Attribute)}
    found: list[str] = []
    for node in ast.walk(tree):
        match node:
            case ast.Name(id="Any") | ast.Attribute(attr="Any"):
                found.append(f"line {node.lineno}: Any")
            # `object.__setattr__` is how a frozen dataclass completes itself; only the type is banned.
            case ast.Name(id="object") if id(node) not in owners:
                found.append(f"line {node.lineno}: object")
            case ast.Subscript(
                value=ast.Name(id="dict" | "Mapping" as bag), slice=ast.Tuple(elts=[ast.Name(id="str"), _])
            ):
                found.append(f"line {node.lineno}: {bag}[str, ...]")
            case _:
                pass
    return found


@pytest.mark.parametrize("path", SEAMS, ids=lambda p: f"{p.parent.name}/{p.name}")
def test_a_seam_holds_no_untyped_bag(path: Path) -> None:
    """House style, rot 5: an untyped value at a seam makes both sides guess."""
    assert _untyped(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "source",
    [
        "from typing import Any\nx: Any = 1",
        "import typing\ndef f(x: typing.Any) -> None: ...",
        "def f(x: list[object]) -> None: ...",
        "x: dict[str, int] = {}",
    ],
)
def test_an_untyped_bag_is_seen(source: str) -> None:
    """Canary: each banned form, wherever it stands."""
    assert _untyped(source) != []


@pytest.mark.parametrize(
    "source", ["object.__setattr__(self, 'x', 1)", "x: dict[Key, int] = {}", "# Any object\ny = 'Any'"]
)
def test_a_typed_seam_is_left_alone(source: str) -> None:
    """The other side of the canary."""
    assert _untyped(source) == []
