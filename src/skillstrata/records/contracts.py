"""What a tool promises, the fingerprint of what it does, and where a draft belongs in the library."""

from dataclasses import dataclass, field
from enum import Enum

from skillstrata.records.sandbox_runs import Limits


@dataclass(frozen=True, slots=True)
class Param:
    """One argument of a tool. `kind` is file, path, string, integer, number, boolean or json."""

    name: str
    kind: str
    media_types: tuple[str, ...] = ()
    required: bool = True
    default: str | None = None
    description: str = ""


@dataclass(frozen=True, slots=True)
class ToolOutput:
    """One result of a tool. `kind` is file, text, json or dir."""

    name: str
    kind: str
    media_types: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Contract:
    """Parameters, outputs, effects and purpose. The purpose is made of types and verbs, never of trace text.

    `loss` is "none" or "intended". `effects` is empty for a pure transform. `limits` bound every call of the tool.
    """

    purpose: str
    verb: str
    inputs: tuple[Param, ...]
    outputs: tuple[ToolOutput, ...]
    effects: tuple[str, ...] = ()
    loss: str = "none"
    limits: Limits = field(default_factory=Limits)

    @property
    def key(self) -> str:
        """Give the merge key: verb, typed inputs, typed outputs, loss; names and wording do not count."""
        ins = ",".join(sorted("|".join(sorted(p.media_types)) for p in self.inputs if p.media_types))
        outs = ",".join(sorted(f"{o.kind}:{'|'.join(sorted(o.media_types))}" for o in self.outputs))
        return f"{self.verb}({ins})->({outs});loss={self.loss}"

    @property
    def given(self) -> tuple[str, ...]:
        """Give the media types of the inputs, sorted."""
        return tuple(sorted(media_type for param in self.inputs for media_type in param.media_types))


@dataclass(frozen=True, slots=True)
class Signature:
    """A fingerprint of behaviour: sorted pairs of fixture input digest and output digest; order-free."""

    pairs: tuple[tuple[str, str], ...]
    digest: str


class PlacementKind(Enum):
    """Where a proven draft goes."""

    NEW_TOOL = "new_tool"
    NEW_BRANCH = "new_branch"
    ITERATION = "iteration"
    DUPLICATE = "duplicate"
    AMBIGUOUS = "ambiguous"


@dataclass(frozen=True, slots=True)
class Placement:
    """The decision, the tool and branch it concerns, and why.

    `activates` says whether an iteration is what runs from now on; else it stays behind the active version as a
    fallback. `alias` is a further name of the tool that it answers to from now on, "" for none. `reason` is the code of
    why nothing was added.
    """

    kind: PlacementKind
    tool: str
    branch: str
    why: str
    activates: bool = True
    alias: str = ""
    reason: str = ""
