"""Values that came from outside, in calls that act: what a person has to see before it is done.

In     the call and JSON pointers of its tainted arguments
Out    whether it must be asked about, and the literal values for the question
Why    a page that a step read may hold words meant for the next step; no rule can tell those from the user's
"""

import json
from pathlib import PurePosixPath

from skillstrata.policy.questions import CallQuestion
from skillstrata.records.approvals import Approval
from skillstrata.records.json_values import Json, JsonObject

_MOST_SHOWN = 2_000


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
