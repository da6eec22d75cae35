"""Say what a proven draft promises, in words made of types and verbs.

In     Draft, its Proof, its ProbeReport
Out    Contract and the name a tool of this contract bears by nature
Never  takes a word from a trace, a file name, a comment or a prompt: those are somebody else's text
"""

import re

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


def contract_of(draft: Draft, proof: Proof, probe: ProbeReport) -> Contract:
    """Give the contract of a draft whose proof held.

    Shapes:
        one required file in; an optional output name where the program takes one; one output.

    Args:
        draft: Its types and naming are what the contract says.
        proof: Its loss and profile tell a conversion from an extraction and a summary.
        probe: A draft that touches more than its files never gets here, so it adds no effects.
    """
    del probe
    given, made = draft.input.media_type, draft.output.media_type
    verb = _verb(given, made, proof)
    inputs = [
        Param(draft.input.name, "file", (given,), description=f"The {_written(given)} file to {verb}."),
    ]
    if draft.output.kind == "file" and draft.output.naming == "parameter":
        inputs.append(
            Param(
                draft.output.name,
                "string",
                required=False,
                description=f"Name of the {_written(made)} file to make; taken from the input's name if left out.",
            )
        )
    return Contract(
        purpose=_purpose(verb, given, made),
        verb=verb,
        inputs=tuple(inputs),
        outputs=(ToolOutput("output", _kind(draft), (made,)),),
        loss=proof.loss,
    )


def tool_name_of(contract: Contract) -> str:
    """Give the natural name of a tool: a valid Agent Skill name, not necessarily free."""
    given = _slug(contract.inputs[0].media_types[0])
    made = _slug(contract.outputs[0].media_types[0])
    match contract.verb:
        case "convert":
            name = f"{given}-to-{made}"
        case "rewrite":
            name = f"rewrite-{given}"
        case "summarise" if contract.outputs[0].media_types == (_TEXT,):
            name = f"summarise-{given}"
        case verb:
            name = f"{verb}-{given}-to-{made}"
    return name[:_MAX_NAME].strip("-")


def type_slug(media_type: str) -> str:
    """Give a media type's short word as part of a name: lowercase letters, digits, single hyphens."""
    return _slug(media_type)


def _verb(given: str, made: str, proof: Proof) -> str:
    if proof.loss != "none":
        return "summarise" if proof.profile.startswith("summary") else "extract"
    return "rewrite" if given == made else "convert"


def _purpose(verb: str, given: str, made: str) -> str:
    match verb:
        case "convert":
            return f"Convert {_written(given)} to {_written(made)}"
        case "rewrite":
            return f"Rewrite {_written(given)}, keeping its content"
        case "summarise":
            return f"Summarise {_written(given)} as {_written(made)}"
        case _:
            return f"Extract text from {_written(given)} as {_written(made)}"


def _kind(draft: Draft) -> str:
    if draft.output.kind != "text":
        return "file"
    return "json" if draft.output.media_type == _JSON else "text"


def _written(media_type: str) -> str:
    short = short_name(media_type)
    return _WRITTEN.get(short, short.upper())


def _slug(media_type: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", short_name(media_type).lower()).strip("-") or "content"
