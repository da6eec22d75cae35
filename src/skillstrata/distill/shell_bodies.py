"""Find commands of one line that are one program: a group with one output, steps that work on one file.

In     the commands and parts of one command line
Out    Body: the parts that belong together, and which file makes them so
Never  splits what gives one result; joins steps whose files are their own
Why    a tool made of half a group would give half of what the agent's line gave
"""

from collections.abc import Sequence
from dataclasses import dataclass

from skillstrata.distill.binaries import stage_of
from skillstrata.distill.printed_text import said
from skillstrata.distill.shell_commands import ParsedShell, Part, ShellCommand
from skillstrata.distill.shell_parts import SILENT, is_kept

_NOTES = {"echo", "printf", "date"}
_MAPPED = 2


@dataclass(frozen=True, slots=True)
class Body:
    """Parts of one line that are one program; `file` is what they make together, "" for the shared end of a pipe."""

    parts: tuple[Part, ...]
    file: str

    @property
    def positions(self) -> tuple[int, ...]:
        """Give the positions of its commands."""
        return tuple(sorted(at for part in self.parts for at in part.positions))

    @property
    def why_not(self) -> str:
        """Say why it is not taken apart."""
        name = self.file.rsplit("/", 1)[-1]
        return f"its commands make one file together: {name}" if name else "its commands share one pipe"


def bodies(parsed: ParsedShell) -> tuple[Body, ...]:
    """Give the bodies of a line, none inside of another; in order of place."""
    found: list[Body] = []
    taken: set[int] = set()
    for parts in reversed(parsed.lists):
        for body in (*_linked(parsed, parts), *(Body((p,), p.file) for p in parts if p.together)):
            if taken.isdisjoint(body.positions):
                taken.update(body.positions)
                found.append(body)
    return tuple(sorted(found, key=lambda body: body.positions))


def part_of_more(parsed: ParsedShell, at: int) -> str:
    """Say of what a program is a mere part, "" for one that stands alone."""
    body = next((b for b in bodies(parsed) if at in b.positions), None)
    if body is None or not body.file:
        return ""
    here = parsed.commands[at]
    others = [i for i in body.positions if i != at and _adds(parsed.commands[i], before=i < at or len(body.parts) == 1)]
    feeding = {here.fed_by, here.feeds}
    others = [i for i in others if i not in feeding and parsed.commands[i].raw[:_MAPPED] != here.raw[:_MAPPED]]
    name = body.file.rsplit("/", 1)[-1]
    return f"it gives a part of {name}, and other commands of its line the rest" if others else ""


def _adds(command: ShellCommand, *, before: bool) -> bool:
    return command.name not in SILENT and (before or command.name not in _NOTES)


def _linked(parsed: ParsedShell, parts: Sequence[Part]) -> list[Body]:
    """Find runs of parts that write one file, or that make and remove a file between them."""
    made = [_made(parsed, part) for part in parts]
    found: list[Body] = []
    for later, part in enumerate(parts):
        files = made[later] | _removed(parsed, part)
        for earlier in range(later):
            both = sorted(files & made[earlier])
            used = range(earlier, later + 1)
            if both and (both[0] in made[later] or any(both[0] in _read(parsed, parts[at]) for at in used)):
                found.append(Body(tuple(parts[earlier : later + 1]), both[0]))
                break
    return _merged(found, parts)


def _merged(found: list[Body], parts: Sequence[Part]) -> list[Body]:
    """Join bodies that overlap."""
    ranges: list[tuple[int, int, str]] = []
    for body in found:
        begin, end, file = parts.index(body.parts[0]), parts.index(body.parts[-1]), body.file
        while ranges and ranges[-1][1] >= begin:
            begin = min(begin, ranges[-1][0])
            end = max(end, ranges.pop()[1])
        ranges.append((begin, end, file))
    return [Body(tuple(parts[begin : end + 1]), file) for begin, end, file in ranges]


def _made(parsed: ParsedShell, part: Part) -> set[str]:
    commands = [parsed.commands[at] for at in part.positions]
    own = {r.target for c in commands for r in c.redirects[c.inherited :] if r.target and is_kept(r)}
    return own | ({part.file} - {""})


def _removed(parsed: ParsedShell, part: Part) -> set[str]:
    commands = [parsed.commands[at] for at in part.positions]
    return {w for c in commands if c.name in {"rm", "unlink"} for w in c.argv[1:] if w and not w.startswith("-")}


def _read(parsed: ParsedShell, part: Part) -> set[str]:
    found: set[str] = set()
    for command in (parsed.commands[at] for at in part.positions):
        stage = stage_of(command)
        found.update(stage.reads if stage is not None else ())
        found.update(r.target for r in command.redirects if r.target and r.operator == "<")
    return found


def is_plain(command: ShellCommand) -> bool:
    """Say whether a command may stand in a body beside known transforms: literal text, a removal, a folder."""
    literal = None not in command.argv and not command.inner
    return literal and (command.name in {"rm", "mkdir"} or (command.name in _NOTES and said(command) is not None))
