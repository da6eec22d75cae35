"""What was found while one source was compiled, each with file, line and field; nothing stops at the first."""

from collections.abc import Callable
from dataclasses import replace

from skillstrata.records.composed_tools import CompileFinding
from skillstrata.records.json_values import Json

Parts = tuple[str | int, ...]


class Findings:
    """Collects. Places are given as parts of the value of `tool_schema`."""

    def __init__(self, file: str, line_of: Callable[[Parts], int]) -> None:
        """Name the file and who knows the lines in it."""
        self.file = file
        self._line_of = line_of
        self.found: list[CompileFinding] = []
        self.errors = 0

    @property
    def failed(self) -> bool:
        """Say whether there is an error."""
        return self.errors > 0

    def error(self, code: str, message: str, parts: Parts = (), hint: str = "") -> None:
        """Add a fault: the tool cannot be compiled."""
        self.add("error", code, message, parts, hint)

    def warning(self, code: str, message: str, parts: Parts = (), hint: str = "") -> None:
        """Add what may be wrong."""
        self.add("warning", code, message, parts, hint)

    def info(self, code: str, message: str, parts: Parts = (), hint: str = "") -> None:
        """Add what is worth knowing."""
        self.add("info", code, message, parts, hint)

    def add(self, severity: str, code: str, message: str, parts: Parts, hint: str) -> None:
        """Add a finding."""
        line = self._line_of(parts)
        self.errors += severity == "error"
        self.found.append(CompileFinding(f"compose.{code}", severity, message, self.file, line, field_of(parts), hint))

    def at_line(self, line: int) -> None:
        """Correct the line of the last finding: what could not be read has no place in the value."""
        self.found[-1] = replace(self.found[-1], line=line)


def field_of(parts: Parts) -> str:
    """Write a place as people read it: tool_schema.steps[1].input.url."""
    text = "tool_schema"
    for part in parts:
        text += f"[{part}]" if isinstance(part, int) else f".{part}"
    return text


def parts_of(pointer: str, value: Json) -> Parts:
    """Give the parts of a JSON pointer into a value: a number where the value has a list there."""
    parts: list[str | int] = []
    for written in pointer.split("/")[1:]:
        name = written.replace("~1", "/").replace("~0", "~")
        if isinstance(value, list):
            parts.append(int(name))
            value = value[int(name)]
        else:
            parts.append(name)
            value = value.get(name) if isinstance(value, dict) else None
    return tuple(parts)
