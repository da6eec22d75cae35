"""Say what a proven draft promises, in words made of types and verbs.

In     Draft, its Proof, its ProbeReport
Out    Contract and the name a tool of this contract bears by nature
Never  takes a word from a trace, a file name, a comment or a prompt: those are somebody else's text
"""

import re
from collections.abc import Mapping
from types import MappingProxyType

from skillstrata.distill.media import short_name
from skillstrata.records.candidates import ProbeReport
from skillstrata.records.contracts import Contract, Param, ToolOutput
from skillstrata.records.drafts import Draft
from skillstrata.records.proofs import Proof

_JSON = "application/json"
_TEXT = "text/plain"
# How a type is written in a sentence, where that is not its short name in capitals.
_WRITTEN = {
    "markdown": "Markdown",
    "text": "text",
    "binary": "binary content",
    "ndjson": "JSON lines",
    "sqlite": "SQLite",
}
_MAX_NAME = 64
_ORDER = ("first", "second", "third", "fourth")
_ARCHIVES = frozenset({"application/zip", "application/x-tar", "application/gzip"})
# What was done to a picture, as its profile says it after the slash; a size beside it says more than "as it is".
_PICTURE_VERBS: Mapping[str, str] = MappingProxyType(
    {
        "grey": "grey",
        "rotated-90": "rotate",
        "rotated-180": "rotate",
        "rotated-270": "rotate",
        "mirrored": "mirror",
        "flipped": "flip",
        "inverted": "invert",
        "cut-out": "crop",
        "cut-centre": "crop",
        "cut-top-left": "crop",
        "padded": "pad",
        "facts": "describe",
    }
)
_LOSSY_VERBS: Mapping[str, str] = MappingProxyType(
    {
        "extract-lines": "filter",
        "extract-rows": "filter",
        "extract-columns": "select",
        "extract-values": "shorten",
        "summary": "summarise",
    }
)
_SENTENCES: Mapping[str, str] = MappingProxyType(
    {
        "unpack": "Unpack {given}",
        "split": "Split {given} into several {made} files",
        "list": "List the content of {given} as {made}",
        "rewrite": "Rewrite {given}, keeping its content",
        "summarise": "Summarise {given} as {made}",
        "describe": "Describe {given} as {made}",
        "filter": "Filter the records of {given} as {made}",
        "select": "Choose columns of {given} as {made}",
        "shorten": "Convert {given} to {made}, with shortened values",
        "extract": "Extract text from {given} as {made}",
        "grey": "Turn {given} grey",
    }
)
_SAME_TYPE: Mapping[str, str] = MappingProxyType(
    {
        "filter": "Filter the records of {given}",
        "select": "Choose columns of {given}",
        "shorten": "Shorten values of {given}",
        "extract": "Extract a part of {given}",
    }
)
_SIZES = re.compile(r" (\d+x\d+)>(\d+x\d+)$")


def contract_of(draft: Draft, proof: Proof, probe: ProbeReport) -> Contract:
    """Give the contract of a draft whose proof held.

    Shapes:
        the required files; an optional output name where the program takes one; the options; one output.

    Args:
        draft: Its types and naming are what the contract says.
        proof: Its loss and profile tell a conversion from an extraction and a summary.
        probe: A draft that touches more than its files never gets here, so it adds no effects.
    """
    del probe
    made = draft.output.media_type
    verb = _verb(draft, proof)
    inputs = [
        Param(spec.name, "file", (spec.media_type,), description=_about(verb, at, draft))
        for at, spec in enumerate(draft.inputs)
    ]
    if draft.output.kind != "text" and draft.output.naming == "parameter":
        inputs.append(
            Param(
                draft.output.name,
                "string",
                required=False,
                description=f"Name of the {_made(draft)} to make; taken from the input's name if left out.",
            )
        )
    inputs += [
        Param(
            option.name,
            option.kind,
            required=False,
            default=option.default,
            description=_titled(option.name),
        )
        for option in draft.options
    ]
    return Contract(
        purpose=_purpose(verb, draft),
        verb=verb,
        inputs=tuple(inputs),
        outputs=(ToolOutput("output", _kind(draft), (made,)),),
        loss=proof.loss,
    )


def tool_name_of(contract: Contract) -> str:
    """Give the natural name of a tool: a valid Agent Skill name, not necessarily free."""
    given = "-and-".join(dict.fromkeys(_slug(p.media_types[0]) for p in contract.inputs if p.kind == "file"))
    made = _slug(contract.outputs[0].media_types[0])
    match contract.verb:
        case "convert":
            name = f"{given}-to-{made}"
        case "extract" if given == made:
            name = f"extract-from-{given}"
        case "summarise" if contract.outputs[0].media_types == (_TEXT,):
            name = f"summarise-{given}"
        case verb if verb == "unpack" or given == made:
            name = f"{verb}-{given}"
        case verb:
            name = f"{verb}-{given}-to-{made}"
    return name[:_MAX_NAME].strip("-")


def type_slug(media_type: str) -> str:
    """Give a media type's short word as part of a name: lowercase letters, digits, single hyphens."""
    return _slug(media_type)


def _titled(name: str) -> str:
    return f"{name.replace('_', ' ').capitalize()}."


def _about(verb: str, at: int, draft: Draft) -> str:
    given = _written(draft.inputs[at].media_type)
    if len(draft.inputs) == 1:
        return f"The {given} file to {verb}."
    return f"The {_ORDER[at]} file to {verb}: {given}."


def _made(draft: Draft) -> str:
    written = _written(draft.output.media_type)
    return f"folder of {written} files" if draft.output.kind == "dir" else f"{written} file"


def _verb(draft: Draft, proof: Proof) -> str:
    if len(draft.inputs) > 1:
        return "combine"
    same = draft.input.media_type == draft.output.media_type
    if draft.output.kind == "dir":
        return "unpack" if draft.input.media_type in _ARCHIVES else "split"
    if proof.profile.startswith("image"):
        return _picture_verb(proof.profile.partition("/")[2], same_type=same)
    if proof.loss == "none":
        listing = proof.profile.startswith("archive-listing")
        return "list" if listing else "rewrite" if same else "convert"
    named = (verb for profile, verb in _LOSSY_VERBS.items() if proof.profile.startswith(profile))
    return next(named, "extract")


def _picture_verb(done: str, *, same_type: bool) -> str:
    """Name what was done to a picture."""
    sizes = _SIZES.search(done)
    plain = done.partition(" ")[0]
    if plain in _PICTURE_VERBS:
        return _PICTURE_VERBS[plain]
    if sizes is not None and sizes.group(1) != sizes.group(2):
        return "resize"
    return "rewrite" if same_type else "convert"


def _purpose(verb: str, draft: Draft) -> str:
    types, made = tuple(spec.media_type for spec in draft.inputs), _written(draft.output.media_type)
    given = _written(types[0])
    to = "" if types == (draft.output.media_type,) else f" to {made}"
    if verb == "combine":
        return f"Combine {' and '.join(_written(one) for one in types)} to {made}"
    sentence = (_SAME_TYPE.get(verb) if not to else None) or _SENTENCES.get(verb)
    return sentence.format(given=given, made=made) if sentence else f"{verb.capitalize()} {given}{to}"


def _kind(draft: Draft) -> str:
    if draft.output.kind != "text":
        return draft.output.kind
    return "json" if draft.output.media_type == _JSON else "text"


def _written(media_type: str) -> str:
    short = short_name(media_type)
    return _WRITTEN.get(short, short.upper())


def _slug(media_type: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", short_name(media_type).lower()).strip("-") or "content"
