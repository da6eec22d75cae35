"""Compare what a replay gave with what the agent saw at the time.

In     Execution (recorded output, snapshots), Observation
Out    a sentence where they have next to nothing in common, else ""
Why    a program that does something else in the sandbox than it did for the user would be proved for the wrong thing
"""

import re

from skillstrata.distill.secret_marks import taken_out_in
from skillstrata.ports.blob_store import BlobStore
from skillstrata.records.drafts import Observation
from skillstrata.records.executions import Execution
from skillstrata.records.failures import BlobDamaged, BlobUnknown

# What a terminal shows is cut, joined with other commands' output, and holds names and times: only a clear difference
# says anything.
_IN_COMMON = 0.3
_LEAST_LINES = 3
# A file holds nothing but what the program wrote, so its words say more, however its lines are broken.
_WORDS_IN_COMMON = 0.5
_LEAST_WORDS = 5
_WORD = re.compile(r"\w+")


def differs_from_record(execution: Execution, observation: Observation, blobs: BlobStore) -> str:
    """Say how a replay differs from the recorded run; "" where it does not, or nobody can tell."""
    recorded = "" if execution.stdout_path else execution.stdout
    if _differ(recorded, observation.stdout.decode("utf-8", "replace")):
        return "in the sandbox it prints something else than it printed for the agent"
    digests = {s.path: s.digest for s in execution.snapshots if s.digest}
    for file in observation.writes:
        kept = _text(digests.get(file.path), blobs)
        now = file.data.decode("utf-8", "replace")
        if kept and (_differ(kept, now) or _other_words(kept, now)):
            return "in the sandbox it writes something else than the file that was found after the recorded run"
    return ""


def _differ(recorded: str, given: str) -> bool:
    if taken_out_in(recorded):
        return False
    then, now = _lines(recorded), _lines(given)
    least = min(len(then), len(now))
    return least >= _LEAST_LINES and len(then & now) < _IN_COMMON * least


def _other_words(recorded: str, given: str) -> bool:
    if taken_out_in(recorded):
        return False
    then, now = frozenset(_WORD.findall(recorded)), frozenset(_WORD.findall(given))
    least = min(len(then), len(now))
    return least >= _LEAST_WORDS and len(then & now) < _WORDS_IN_COMMON * least


def _lines(text: str) -> frozenset[str]:
    return frozenset(" ".join(line.split()) for line in text.splitlines() if line.strip())


def _text(digest: str | None, blobs: BlobStore) -> str:
    if digest is None:
        return ""
    try:
        return blobs.get(digest).decode("utf-8")
    except (BlobUnknown, BlobDamaged, UnicodeDecodeError):
        return ""
