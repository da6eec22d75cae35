"""Values that came from outside, in calls that act, and values of steps that go outside: what a person has to see.

In     the call and JSON pointers of its tainted and derived arguments
Out    whether it must be asked about, and the literal values for the question
Why    a page that a step read may hold words meant for the next step; no rule can tell those from the user's. An
       address carries away what is put in it, before anybody sees the answer
"""

import json
from collections.abc import Iterable
from pathlib import PurePosixPath

from skillstrata.policy.questions import CallQuestion
from skillstrata.records.approvals import Approval
from skillstrata.records.json_values import Json, JsonObject

_MOST_SHOWN = 2_000
# Arguments of foreign tools that are addresses to be gone to.
_ADDRESSES = frozenset({"", "/url", "/uri", "/href", "/endpoint", "/webhook", "/urls", "/link"})


def tainted_sink(question: CallQuestion, approval: Approval) -> str:
    """Say why a call with tainted arguments must be asked about; "" where it need not be."""
    node = question.node
    if not question.tainted or node is None:
        return ""
    if approval >= Approval.DATA_EXPORT:
        return f"{node.name} needs {approval.word} and is given text from outside"
    if "exec" in node.needs:
        return f"{node.name} runs programs and is given text from outside"
    if "fs.write" in node.needs and not _stays_within(question):
        return f"{node.name} would write outside {question.cwd}, and is given text from outside"
    return ""


def carried_out(question: CallQuestion, hosts: Iterable[tuple[str, ...]] = ()) -> tuple[str, ...]:
    """Give the pointers of arguments by which a step's output would leave this machine in an address.

    Args:
        question: The call.
        hosts: The allowed hosts of every layer that names some. An address whose host is literal, and allowed by one of
            them, may be made of a step's output behind its host.
    """
    node = question.node
    if node is None or node.kind == "composed":
        # Its own steps are judged one by one.
        return ()
    if "net" in node.needs:
        found = question.derived
    elif node.effects.open_world:
        found = tuple(one for one in question.derived if "/".join(one.split("/")[:2]).casefold() in _ADDRESSES)
    else:
        return ()
    meant = bool(question.hosts) and any(
        all(any(is_host(host, one) for one in allowed) for host in question.hosts) for allowed in hosts
    )
    return tuple(pointer for pointer in found if not meant or pointer not in question.tails)


def is_host(host: str, allowed: str) -> bool:
    """Say whether a host is the one that is allowed, or below it where that is `*.name`."""
    return host == allowed or (allowed.startswith("*.") and host.endswith(allowed[1:]))


def shown_values(arguments: JsonObject, pointers: tuple[str, ...]) -> str:
    """Give the literal values that pointers lead to, a line each, as JSON, so that no sign in them is lost."""
    lines = [f"{pointer or '/'} = {_text(value_at(arguments, pointer))}" for pointer in pointers]
    return "\n".join(lines)


def value_at(value: Json, pointer: str) -> Json:
    """Follow a JSON pointer; None where it leads nowhere."""
    for part in pointer.split("/")[1:]:
        key = part.replace("~1", "/").replace("~0", "~")
        if isinstance(value, dict):
            value = value.get(key)
        elif isinstance(value, list) and key.isdigit() and int(key) < len(value):
            value = value[int(key)]
        else:
            return None
    return value


def _stays_within(question: CallQuestion) -> bool:
    """Say whether every file that is named lies below the folder of the call; unknown files do not."""
    return bool(question.files) and all(PurePosixPath(file).is_relative_to(question.cwd) for file in question.files)


def _text(value: Json) -> str:
    text = json.dumps(value, ensure_ascii=True)
    return text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]}… ({len(text):,} characters)"
