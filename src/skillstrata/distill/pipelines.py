"""Recognise command lines of known programs that make a file or a text out of files, and write them down to be rerun.

In     the commands of one command line
Out    Pipeline per pipe: the `sh` text of its own, and what it takes in and makes
Never  takes up a pipe with a program it does not know, with typed-in input alone, or that only shows a fact
Why    such a line is a program that the agent wrote, as much as a script is
"""

import re
import shlex
from dataclasses import dataclass, replace

from skillstrata.distill.binaries import BINARIES, Stage, Work, binary_of, stage_of
from skillstrata.distill.loops import MAPPERS
from skillstrata.distill.places import home_of
from skillstrata.distill.shell_bodies import Body, bodies, is_plain
from skillstrata.distill.shell_commands import Form, ParsedShell, Redirect, ShellCommand
from skillstrata.distill.shell_parts import is_kept, joined

NOT_LITERAL = "argv is not literal"

_ENDLESS = 64
_FAR = 8
_RUNNERS = {"npx", "bunx", "pnpx", "uvx", "pipx"}
_WRAPPERS = {"timeout", "gtimeout", "nice", "time", "nohup", "sudo", "env", "command", "stdbuf", "ionice", "xvfb-run"}
_WRAPPED = re.compile(r"-.*|\d+(?:\.\d+)?[smhd]?$|\w+=.*|run$")
_FLAG = 2
_INLINE = re.compile(r"(?:python[\d.]*|node)\Z")
_DISPLAY = {"head", "tail", "less", "more", "cat"}
_PICKS = {"grep", "egrep", "fgrep", "rg", "zgrep", "nl", "strings"}
_AWKS = {"awk", "gawk", "mawk"}
_ENOUGH_FILTERS = 2
_GLOB = re.compile(r"[*?\[{]")
_UNKNOWN_WORDS = "its words depend on more than the command line"
_UNKNOWN_FILES = "a loop over files that are not on record"
_HERE_END = "END_OF_TEXT"


@dataclass(frozen=True, slots=True)
class Pipeline:
    """One pipe to be rerun. `positions` are those of its commands; `reads` and `writes` are words."""

    text: str
    binaries: tuple[str, ...]
    reads: tuple[str, ...]
    writes: tuple[str, ...]
    positions: tuple[int, ...]
    cut: bool = False
    gap: str = ""
    loop: str = ""


def pipelines(parsed: ParsedShell) -> tuple[tuple[Pipeline, ...], str]:
    """Find the pipes that are transforms. The text says why a pipe of known programs is none, "" otherwise."""
    parsed = replace(parsed, commands=tuple(_bare(command) for command in parsed.commands))
    found: list[Pipeline] = []
    whole = bodies(parsed)
    why = ""
    for body in whole:
        one = _whole(parsed, body)
        if isinstance(one, Pipeline):
            found.append(one)
        why = why or (one if isinstance(one, str) else "")
    taken = {at for body in whole for at in body.positions}
    for last, command in enumerate(parsed.commands):
        if last in taken:
            continue
        follower = parsed.commands[command.feeds] if command.feeds is not None else None
        if not _may_be_part(command) or (follower is not None and follower.fed_by == last):
            continue
        chain = _chain(parsed, last)
        one = _pipeline(parsed, chain) if chain else None
        one = "an edit in place" if isinstance(one, Pipeline) and _put_back(parsed, one) else one
        if isinstance(one, Pipeline):
            found.append(one)
        elif one:
            why = why or one
    if not (found or why) and any(c.name in MAPPERS and "-c" in c.argv for c in parsed.commands):
        why = _UNKNOWN_FILES
    return tuple(found), why


def _bare(command: ShellCommand) -> ShellCommand:
    """Take off `timeout 60`, `env A=1`, `npx`, `uvx` before a known program."""
    if command.name not in _RUNNERS and command.name not in _WRAPPERS:
        return command
    for at, word in enumerate(command.argv[1:_FAR], start=1):
        if word is not None and word.rsplit("/", 1)[-1] in BINARIES:
            return replace(command, argv=command.argv[at:], raw=command.raw[at:])
        if word is None or not _WRAPPED.match(word):
            break
    return command


def _put_back(parsed: ParsedShell, one: Pipeline) -> bool:
    """Recognise `sed … a > b && mv b a`: an edit in place by way of another file."""
    moves = [c.argv for c in parsed.commands[one.positions[-1] + 1 :] if c.name in {"mv", "cp"}]
    return any(len(m) > _FLAG and m[-2] in one.writes and m[-1] in one.reads for m in moves)


def _chain(parsed: ParsedShell, last: int) -> list[int]:
    """Give the positions of a pipe's commands in order, nothing where one of them is not its own."""
    positions: list[int] = []
    at: int | None = last
    while at is not None and len(positions) < _ENDLESS:
        command = parsed.commands[at]
        if not _may_be_part(command) or command.inner or command.grouped or command.in_function:
            return []
        positions.insert(0, at)
        at = command.fed_by
    members = [parsed.commands[at] for at in positions]
    # A program that is fed a file as it stands is a program of its own.
    if any(_INLINE.match(c.name) for c in members) and not _worked_on_before(members):
        return []
    return positions if len({c.loop for c in members}) == 1 else []


def _may_be_part(command: ShellCommand) -> bool:
    """Say whether a command is a known program, or a program typed into the line that works on what is piped in."""
    if binary_of(command):
        return True
    typed = command.fed_by is not None and _INLINE.match(command.name) is not None and len(command.argv) > _FLAG
    return typed and command.argv[1] in {"-c", "-e"} and None not in command.argv


def _worked_on_before(members: list[ShellCommand]) -> bool:
    """Say whether a known program makes something of the files before the first typed-in program gets it."""
    first = next(at for at, c in enumerate(members) if _INLINE.match(c.name))
    return any((stage := stage_of(c)) is not None and stage.work is not Work.SHOWS for c in members[:first])


def _stage(command: ShellCommand) -> Stage | None:
    return Stage(command.name, Work.CONVERTS, (), ()) if _INLINE.match(command.name) else stage_of(command)


def _pipeline(parsed: ParsedShell, chain: list[int]) -> Pipeline | str | None:
    whole = chain
    while len(chain) > 1 and _only_displays(parsed.commands[chain[-1]]):
        chain = chain[:-1]
    commands = [parsed.commands[at] for at in chain]
    stages = [stage for command in commands if (stage := _stage(command)) is not None]
    reads = _reads(commands, stages)
    writes = tuple(dict.fromkeys((*(w for s in stages for w in s.writes), *_targets(commands))))
    why = _no_transform(stages, reads, writes)
    if why is not None:
        return why
    gap = NOT_LITERAL if any(_unknown(command, _own(command)) for command in commands) else ""
    if gap and not any(s.work is Work.CONVERTS for s in stages):
        looped = any(command.looped for command in commands)
        return _UNKNOWN_FILES if looped else _UNKNOWN_WORDS
    text = _folders_made(parsed, chain[0], writes) + _written(commands)
    return Pipeline(
        text,
        tuple(dict.fromkeys(s.binary for s in stages)),
        reads,
        writes,
        tuple(whole),
        cut=len(chain) < len(whole),
        gap=gap,
        loop=commands[0].loop,
    )


def _whole(parsed: ParsedShell, body: Body) -> Pipeline | str:
    """Write commands that make one result down as one program, or say why they are none."""
    commands = [parsed.commands[at] for at in body.positions]
    form = joined(body.parts)
    known = all(binary_of(c) or is_plain(c) for c in commands)
    placed = not any(c.inner or c.in_function for c in commands)
    if not form or not known or not placed or len({(c.folders, c.loop) for c in commands}) > 1:
        return body.why_not
    given = [item for item in form if isinstance(item, Redirect)]
    if any(_unknown(c, _of_itself(c)) for c in commands) or any(r.target is None for r in given):
        return _UNKNOWN_WORDS
    stages = [stage for command in commands if (stage := stage_of(command)) is not None]
    redirects = [*given, *(r for c in commands for r in _of_itself(c))]
    targets = [r.target or "" for r in redirects if is_kept(r)]
    made = tuple(dict.fromkeys((*(w for s in stages for w in s.writes), *targets)))
    gone = {w for c in commands if c.name == "rm" for w in c.argv[1:]}
    reads = tuple(w for w in _reads(commands, stages) if w not in made)
    writes = tuple(w for w in made if w not in gone)
    why = _no_transform(stages, reads, writes) if stages else ""
    if why is not None:
        return why or body.why_not
    if gone - set(made):
        return "it removes a file that it did not make"
    text = _folders_made(parsed, body.positions[0], writes) + _formed(parsed, form)
    binaries = tuple(dict.fromkeys(s.binary for s in stages))
    return Pipeline(text, binaries, reads, writes, body.positions, loop=commands[0].loop)


def _formed(parsed: ParsedShell, form: Form) -> str:
    """Write a form down; what stands in a heredoc comes at the end of the line."""
    line: list[str] = []
    texts: list[str] = []
    for item in form:
        if isinstance(item, str):
            line.append(item)
        elif isinstance(item, Redirect):
            line.append(f" {_redirected(item)}")
        else:
            command = parsed.commands[item]
            line.append(_command(command, _of_itself(command), texts))
    return "".join(line) + "\n" + "".join(texts)


def _only_displays(command: ShellCommand) -> bool:
    words = [w for w in command.argv[1:] if w is None or not (w.startswith("-") or w.lstrip("+-").isdigit())]
    return command.name in _DISPLAY and not words and command.target(1) is None


def _reads(commands: list[ShellCommand], stages: list[Stage]) -> tuple[str, ...]:
    given = [r.target for c in commands for r in c.redirects if r.descriptor == 0 and r.operator == "<" and r.target]
    named = [w for s in stages for w in s.reads]
    return tuple(dict.fromkeys(w for w in (*named, *given) if not w.startswith("/dev/")))


def _targets(commands: list[ShellCommand]) -> list[str]:
    out = commands[-1].target(1)
    kept = out is not None and out.operator in {">", ">>", ">|"} and not (out.target or "").startswith("/dev/")
    return [out.target or "?"] if kept and out is not None else []


def _no_transform(stages: list[Stage], reads: tuple[str, ...], writes: tuple[str, ...]) -> str | None:
    """Say why a pipe of known programs makes nothing of files: "" where nothing suggests it; None where it does."""
    changed = next((s for s in stages if s.in_place), None)
    if changed is not None:
        return f"an edit in place: {changed.binary}"
    # What is kept in a file was more than looked at.
    working = [s for s in stages if s.work is not Work.SHOWS and (writes or not s.looks)]
    if not reads or not working:
        return ""
    if writes:
        return "an edit in place" if set(reads) == set(writes) else None
    if any(s.work is Work.CONVERTS for s in working) and stages[-1].binary != "wc" and not stages[-1].looks:
        return None
    changing = [s for s in working if s.binary not in _PICKS]
    enough = len(changing) >= _ENOUGH_FILTERS or any(s.binary in _AWKS for s in changing)
    return None if enough and stages[-1].binary != "wc" else "it shows a part of a file"


def _unknown(command: ShellCommand, redirects: list[Redirect]) -> bool:
    """Say whether a word depends on more than the command line; a file pattern does not."""
    words = zip(command.argv, command.raw, strict=True)
    hidden = any(w is None and (set(raw) & set("$`") or not _GLOB.search(raw)) for w, raw in words)
    return hidden or any(r.target is None for r in redirects)


def _own(command: ShellCommand) -> list[Redirect]:
    return _of_itself(command) if command.looped else _streams(command.redirects)


def _of_itself(command: ShellCommand) -> list[Redirect]:
    """Give a command's redirections without those of a group around it."""
    return _streams(command.redirects[command.inherited :])


def _streams(redirects: tuple[Redirect, ...]) -> list[Redirect]:
    return [r for r in redirects if r.descriptor in {0, 1} and r.operator in {"<", ">", ">>", ">|"}]


def _folders_made(parsed: ParsedShell, first: int, writes: tuple[str, ...]) -> str:
    """Give the `mkdir` before it that makes the folder it writes to."""
    for command in parsed.commands[:first]:
        folders = [w for w in command.argv[1:] if w and not w.startswith("-")]
        if command.name == "mkdir" and folders and all(w is not None for w in command.argv):
            inside = [f for f in folders if any(w == f or w.startswith(f.rstrip("/") + "/") for w in writes)]
            if inside:
                return f"mkdir -p {shlex.join(inside)} && "
    return ""


def _written(commands: list[ShellCommand]) -> str:
    """Write a pipe down: words as they were where they say all, else as the shell read them."""
    texts: list[str] = []
    parts = [_command(command, _own(command), texts) for command in commands]
    return " | ".join(parts) + "\n" + "".join(texts)


def _command(command: ShellCommand, redirects: list[Redirect], texts: list[str]) -> str:
    """Write one command down; the text of its heredoc is added to `texts`."""
    words = [_word(w, raw) for w, raw in zip(command.argv, command.raw, strict=True)]
    words = [*(f"{n}={shlex.quote(v)}" for n, v in command.env if v is not None), *words]
    words += [_redirected(r) for r in redirects]
    if command.heredoc is not None and command.heredoc.text is not None:
        mark = f"{_HERE_END}_{len(texts)}"
        words.append(f"<<'{mark}'")
        texts.append(f"{command.heredoc.text.rstrip(chr(10))}\n{mark}\n")
    return " ".join(words)


def _redirected(redirect: Redirect) -> str:
    return f"{redirect.operator} {_unhomed(shlex.quote(redirect.target or ''))}"


def _word(word: str | None, raw: str) -> str:
    if word is None:
        return raw
    return shlex.quote(word) if set(raw) & set("$`") else raw


def _unhomed(quoted: str) -> str:
    """Keep `~/` outside of quotes, where it means the home folder."""
    return f"~/'{quoted[3:]}" if quoted.startswith("'~/") else quoted


def homed(pipeline: Pipeline, folder: str) -> Pipeline:
    """Write the home folder out where a pipeline names it as `~`."""
    home = home_of(folder)
    if home is None or "~/" not in pipeline.text:
        return pipeline
    text = re.sub(r"(?<=[\s'=])~/", lambda _m: f"{home}/", pipeline.text)
    return replace(pipeline, text=text)
