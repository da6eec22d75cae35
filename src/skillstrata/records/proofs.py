"""The evidence behind a tool: every replay run, what the oracles said, and the verdict that follows."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TypedBytes:
    """Content with its media type: what oracles compare and synthesisers make."""

    media_type: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Measure:
    """One number an oracle took: its name, value, the floor or ceiling it must meet, and whether it does."""

    name: str
    value: float
    bound: str
    ok: bool
    gate: bool = True


@dataclass(frozen=True, slots=True)
class OracleResult:
    """What an oracle said about one input and its output. `profile` names the set of floors, with its version.

    `measurable` is False where no oracle knows the pair of types; `detail` says what failed in words.
    """

    profile: str
    ok: bool
    measurable: bool = True
    measures: tuple[Measure, ...] = ()
    detail: str = ""


@dataclass(frozen=True, slots=True)
class MutatedInput:
    """A changed input and what must follow from it.

    `relation` is "replace" (each `old` token becomes its `new` in the output), "permute", "append", "resample" or
    "rewritten": the input was written anew, so that its output compares with that of `before` and with no other.
    """

    relation: str
    content: TypedBytes
    replaced: tuple[tuple[str, str], ...] = ()
    before: TypedBytes | None = None


@dataclass(frozen=True, slots=True)
class ReplayRun:
    """One run of the proof: what was done (`relation`), on which input, and what came out.

    Digests are sha256 of the bytes; `ok` says whether what had to happen did; `detail` names what did not.
    """

    relation: str
    ok: bool
    input_digest: str
    output_digest: str
    exit_code: int | None
    wall_ms: float
    detail: str = ""
    oracle: OracleResult | None = None
    gate: bool = True


@dataclass(frozen=True, slots=True)
class Proof:
    """All runs of one draft.

    `proven` is true when every gate held; else `reason` is the code of the first that did not.
    `loss` is "none" for a conversion that keeps the content, "intended" for an extraction or a summary.
    """

    proven: bool
    reason: str
    detail: str
    runs: tuple[ReplayRun, ...]
    profile: str
    tier: str = "isolated"
    loss: str = "none"
    pipeline_version: int = 1
    environment_key: str = ""
