"""What strace, the program's own notes and the files that came back say together, as one record.

In     the trace of a run (or None), the notes, the job and its result
Out    Provenance: each thing once, with the program's line where the notes know it
Never  takes the system's own files, an interpreter's or an environment's for something the program read; believes a
       note about a file or a start against a whole trace
Why    each sees what the others cannot: strace every process but no line and no refused name, the notes the line and
       where a socket was meant to go, the files what is surely written
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from skillstrata.adapters.network_bridge import PROXY_PORT
from skillstrata.adapters.sandbox_paths import PRIVATE, SHARED_MEMORY, under
from skillstrata.adapters.strace_lines import MAX_TOUCHED, TraceReader, clipped
from skillstrata.records.sandbox_runs import Provenance, SandboxJob, SandboxResult, Touched

STRACE, AUDIT, FILES = "strace", "audit", "files"
MAX_NOTES = 5000
# What a loader, a C library, an interpreter or a shell reads for itself, and where programs are mounted.
_SYSTEM_FOLDERS = "/usr /bin /sbin /lib /lib32 /lib64 /libx32 /nix /proc /sys /dev /strata".split()
_SYSTEM_FILES = frozenset(
    """
    /etc/ld.so.cache /etc/ld.so.preload /etc/localtime /etc/passwd /etc/group /etc/nsswitch.conf /etc/host.conf
    /etc/resolv.conf /etc/hosts /etc/gai.conf /etc/services
    """.split()
)
# The way to the granted places; where a run really wanted to go is among its attempts.
_OWN_PROXY = frozenset({f"127.0.0.1:{PROXY_PORT}", f"localhost:{PROXY_PORT}"})
_KINDS = {b"r": "read", b"w": "write", b"s": "spawn", b"n": "reach"}
_NOTE = re.compile(rb"([rwsn])(\d{1,9}) (.+)", re.DOTALL)
_ESCAPED = re.compile(r"\\([\\n])")


@dataclass(frozen=True, slots=True)
class Heard:
    """What the two observers sent: strace's lines (None: it did not look) and the notes (None: no such program).

    `cut` says that the trace is only a beginning.
    """

    trace: bytes | None = None
    notes: bytes | None = None
    cut: bool = False


def provenance_of(heard: Heard, job: SandboxJob, result: SandboxResult, *, shim: str, script: str = "") -> Provenance:
    """Merge what was heard and what came back.

    Args:
        heard: Both may be anything: the notes come from the program itself.
        job: As it was asked for, before an observer was put in front.
        result: Its files that are written are the least that is known.
        shim: The script inside whose child is the program, as strace shows its path.
        script: The program's own file, which is no input of it.
    """
    reader = TraceReader(shim, job.work_dir)
    if heard.trace is not None:
        reader.read(heard.trace)
    traced = heard.trace is not None and reader.started
    noted = tuple(_notes(heard.notes or b""))
    whole = traced and not (heard.cut or reader.full)
    lines = {(t.what, t.target): t.line for t in reversed(noted)}
    known = {(t.what, t.target) for t in reader.touched}
    untouched = {file.path for file in result.files if not file.written}
    found = (
        *(Touched(t.what, t.target, lines.get((t.what, t.target), 0)) for t in reader.touched),
        # What strace saw whole, it saw better; a refused place has a name in the notes alone.
        *(t for t in noted if (t.what, t.target) not in known and (t.what == "reach" or not whole)),
        *(Touched("write", clipped(file.path)) for file in result.files if file.written),
        *(Touched("reach", clipped(attempt.target)) for attempt in result.attempts),
    )
    kept = (t for t in found if not _is_noise(t, job, script) and not (t.what == "write" and t.target in untouched))
    seen_by = (*([STRACE] if traced else []), *([AUDIT] if heard.notes is not None else []), FILES)
    return Provenance(_each_once(kept), seen_by)


def _notes(text: bytes) -> Iterator[Touched]:
    for line in text.split(b"\n", MAX_NOTES)[:MAX_NOTES]:
        note = _NOTE.fullmatch(line)
        if note is None:
            continue
        target = note[3].decode("utf-8", "backslashreplace")
        plain = _ESCAPED.sub(lambda found: "\n" if found[1] == "n" else "\\", target)
        yield Touched(_KINDS[note[1]], clipped(plain), int(note[2]))


def _each_once(found: Iterable[Touched]) -> tuple[Touched, ...]:
    first: dict[tuple[str, str], Touched] = {}
    for touched in found:
        if len(first) >= MAX_TOUCHED:
            break
        first.setdefault((touched.what, touched.target), touched)
    return tuple(first.values())


def _is_noise(touched: Touched, job: SandboxJob, script: str) -> bool:
    if touched.what == "write":
        return under(touched.target, "/dev") and not under(touched.target, SHARED_MEMORY)
    if touched.what != "read":
        return touched.what == "reach" and job.network is not None and touched.target in _OWN_PROXY
    if touched.target in _SYSTEM_FILES:
        return touched.target not in {file.path for file in job.files}
    binds = job.environment.binds if job.environment else ()
    folders = (*_SYSTEM_FOLDERS, PRIVATE, *binds, *job.folders)
    return touched.target == script or any(under(touched.target, folder) for folder in folders)
