"""Which records of a Claude Code transcript are what a person typed.

In     a user record, or the prompt of a queued command
Out    the text, or the name under which the record is left out
Never  takes the client's own notes, commands with a slash, shell lines or a sub-agent's task for a prompt
"""

import re

from skillstrata.adapters.history_values import elements, members, text

_WRAPPER = re.compile(r"\s*<(command-[a-z]+|local-command-[a-z]+|bash-[a-z]+|[a-z]+(?:-[a-z]+)+)[\s>]")
_NOTES = (
    ("[Request interrupted by user", "interruption"),
    ("Caveat: The messages below were generated", "local-command-caveat"),
)
_ADDED = ("<system-reminder>", "<ide_")
_EXIT = re.compile(r"\s*<command-name>/?(?:exit|quit)</command-name>")


def typed_text(content: object) -> str:
    """Give the text of a message, without the blocks that the client put into it."""
    if isinstance(content, str):
        return content
    texts = [text(members(block).get("text")) for block in elements(content)]
    return "\n".join(t for t in texts if t and not t.lstrip().startswith(_ADDED))


def not_typed(record: dict[str, object], said: str) -> str:
    """Give the name of what a user record is when nobody typed it, "" for a prompt."""
    if record.get("isMeta") is True:
        return "meta"
    if record.get("isCompactSummary") is True or record.get("isVisibleInTranscriptOnly") is True:
        return "compact summary"
    if record.get("isSidechain") is True or record.get("agentId"):
        return "prompt of a sub-agent"
    kind = text(members(record.get("origin")).get("kind"))
    if kind and kind != "human":
        return kind
    if record.get("promptSource") == "system":
        return "system"
    return not_a_prompt(said)


def not_a_prompt(said: str) -> str:
    """Give the name of the client's own wrapping that a text begins with, "" for a prompt."""
    if not said.strip():
        return "no text"
    wrapper = _WRAPPER.match(said)
    if wrapper is not None:
        return wrapper.group(1)
    return next((name for start, name in _NOTES if said.startswith(start)), "")


def ends_session(said: str) -> bool:
    """Recognise the command that leaves the client."""
    return _EXIT.match(said) is not None
