"""List the parts of a command line between `;`, `&&` and `||`, each with how it is written and where its output goes.

In     the shapes of a text that was read, the places of their commands, the redirections of their groups
Out    lists of Part: one for the whole line, one for the inside of each group, the outer ones last
Never  writes words: a form holds positions of commands
Why    a group with one redirection, or a pipe with a group in it, is one program: its commands do not stand alone
"""

from collections.abc import Sequence as Many
from dataclasses import replace

from skillstrata.distill.shell_commands import Form, Part, Redirect, ShellCommand
from skillstrata.distill.shell_tree import AndOr, Group, Pipe, Sequence, Shape, Simple

ASSIGNMENTS = frozenset({"variable_assignment", "variable_assignments", "declaration_command"})
SILENT = frozenset("cd pushd popd export set shopt source . : true mkdir touch rm unset umask trap sleep wait".split())
_MARKS = {"brace": ("{ ", "; }"), "subshell": ("(", ")")}
_SEVERAL = 2


def is_kept(redirect: Redirect) -> bool:
    """Say whether a redirection keeps the output in a file."""
    keeps = redirect.descriptor == 1 and redirect.operator in {">", ">>", ">|"}
    return keeps and not (redirect.target or "").startswith("/dev/")


def at_ends(redirects: tuple[Redirect, ...], first: bool, last: bool) -> tuple[Redirect, ...]:
    """Give what a part of a pipe has of the redirections around it: input at its first, output at its last."""
    return tuple(r for r in redirects if (first or r.descriptor != 0) and (last or r.descriptor != 1))


class PartLister:
    """Collects the lists of one command line.

    Args:
        places: The position of each simple command, by the identity of its shape.
        redirects: What each group's own redirections are, by the identity of its shape; None with a text for stdin.
        commands: All commands of the line.
    """

    def __init__(
        self,
        places: dict[int, int],
        redirects: dict[int, tuple[Redirect, ...] | None],
        commands: Many[ShellCommand],
    ) -> None:
        self._places = places
        self._redirects = redirects
        self._commands = commands
        self.lists: list[tuple[Part, ...]] = []

    def add(self, shape: Shape) -> tuple[Part, ...]:
        """Take in one shape; what it holds is listed before it."""
        parts = tuple(self._flat(shape, ""))
        self.lists.append(parts)
        return parts

    def _flat(self, shape: Shape, operator: str) -> list[Part]:
        parts: list[Part] = []
        match shape:
            case Sequence():
                for at, one in enumerate(shape.parts):
                    inner = self._flat(one, ";" if parts else operator)
                    parts += [replace(p, form=()) for p in inner] if at in shape.background else inner
            case AndOr():
                parts = self._flat(shape.left, operator)
                parts += self._flat(shape.right, shape.operator if parts else operator)
            case _:
                one = self._part(shape, operator)
                parts = [] if one is None else [one]
        return parts

    def _part(self, shape: Shape, operator: str) -> Part | None:
        match shape:
            case Simple():
                return self._simple(shape, operator)
            case Pipe():
                return self._pipe(shape, operator)
            case Group():
                return self._group(shape, operator)
            case _:
                inner = self._flat(shape, operator)
                return Part((), tuple(at for p in inner for at in p.positions), operator, len(inner)) if inner else None

    def _simple(self, simple: Simple, operator: str) -> Part | None:
        at = self._places.get(id(simple))
        if at is None:
            # What an assignment gave stands in the words that use it.
            return None if simple.node.type in ASSIGNMENTS else Part((), (), operator)
        command = self._commands[at]
        away = command.name in SILENT or any(is_kept(r) for r in command.redirects[command.inherited :])
        return Part((at,), (at,), operator, prints=0 if away else 1)

    def _pipe(self, pipe: Pipe, operator: str) -> Part | None:
        parts = [(shape, part) for shape in pipe.parts if (part := self._part(shape, "|")) is not None]
        if not parts:
            return None
        together = any(part.together for _, part in parts)
        for at, (shape, part) in enumerate(parts):
            if isinstance(shape, Group) and shape.kind in _MARKS:
                gives = at < len(parts) - 1 and part.prints >= _SEVERAL
                together = together or gives or (at > 0 and part.inner >= _SEVERAL)
        return Part(
            form=joined([part for _, part in parts]),
            positions=tuple(at for _, part in parts for at in part.positions),
            operator=operator,
            prints=parts[-1][1].prints,
            together=together,
            file=parts[-1][1].file,
        )

    def _group(self, group: Group, operator: str) -> Part | None:
        inner = self.add(group.body)
        if group.kind == "condition":
            inner = tuple(replace(part, form=()) for part in inner)
            self.lists[-1] = inner
        if not inner:
            return None
        redirects = self._redirects.get(id(group))
        kept = [r for r in redirects or () if is_kept(r)]
        prints = sum(part.prints for part in inner)
        fed = redirects is None or any(r.descriptor == 0 for r in redirects)
        return Part(
            form=self._form(group, inner, redirects),
            positions=tuple(at for part in inner for at in part.positions),
            operator=operator,
            prints=0 if kept else prints,
            inner=len(inner),
            together=(bool(kept) and prints >= _SEVERAL) or (fed and len(inner) >= _SEVERAL),
            file=(kept[-1].target or "a file") if kept else "",
        )

    def _form(self, group: Group, inner: tuple[Part, ...], redirects: tuple[Redirect, ...] | None) -> Form:
        inside = joined(inner)
        if group.kind not in _MARKS or not inside or redirects is None:
            return ()
        begin, end = _MARKS[group.kind]
        return (begin, *inside, end, *redirects)


def joined(parts: Many[Part]) -> Form:
    """Give how parts of one list that follow each other are written; () where one of them cannot be."""
    if not all(part.form for part in parts):
        return ()
    form: list[str | int | Redirect] = []
    for part in parts:
        operator = {"": "", ";": "; "}.get(part.operator, f" {part.operator} ")
        form += [operator, *part.form] if form else part.form
    return tuple(form)
