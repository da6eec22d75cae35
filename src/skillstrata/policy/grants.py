"""Consents: how a wish for one is put to a person, and how long what was asked or given holds.

In     a question and the decision that asks
Out    Grant, pending; the text that is shown has every argument as it would be sent, secrets masked
Never  shows a sign that a terminal would act on; lets a consent last for ever
"""

import json
import secrets

from skillstrata.policy.masking import masked
from skillstrata.policy.questions import CallQuestion
from skillstrata.records.approvals import Approval
from skillstrata.records.policies import Decision, Grant

ASKED_FOR_S = 7 * 86_400.0
"""Seconds that a question waits for its answer."""
GIVEN_FOR_S = 3_600.0
"""Seconds that a consent may be used, where nobody says otherwise."""
LONGEST_S = 30 * 86_400.0
MOST_USES = 1_000
_MOST_SHOWN = 6_000


def wish(
    question: CallQuestion, decision: Decision, now_s: float, *, run_id: str = "", secret_values: tuple[str, ...] = ()
) -> Grant:
    """Make the wish for a call that must be asked about; its key is the decision's."""
    return Grant(
        new_id(),
        decision.key,
        question.path,
        shown_call(question, decision, secret_values),
        "pending",
        now_s,
        now_s + ASKED_FOR_S,
        decision.approval,
        run_id=run_id,
        why=decision.why,
    )


def plan_wish(key: str, path: str, shown: str, approval: Approval, now_s: float, *, run_id: str = "") -> Grant:
    """Make the wish for a whole plan."""
    until = now_s + ASKED_FOR_S
    return Grant(new_id(), key, path, cut(shown), "pending", now_s, until, approval, run_id=run_id, why="a whole run")


def new_id() -> str:
    """Give an id that nobody guesses."""
    return f"g{secrets.token_hex(8)}"


def shown_call(question: CallQuestion, decision: Decision, secret_values: tuple[str, ...] = ()) -> str:
    """Give the text that a person is asked with."""
    node = question.node
    name = question.path if node is None else node.name
    arguments = json.dumps(masked(question.arguments, secret_values), ensure_ascii=True, indent=2, sort_keys=True)
    why = str(masked(decision.why, secret_values))
    parts = [f"{name} ({decision.approval.word})", f"in {question.cwd}", f"with {arguments}", f"because {why}"]
    return cut("\n".join(parts))


def cut(text: str) -> str:
    """Cut a text for a person, saying how much is left out; no control signs but line ends."""
    text = "".join(sign if sign.isprintable() or sign == "\n" else f"\\u{ord(sign):04x}" for sign in text)
    if len(text) <= _MOST_SHOWN:
        return text
    return f"{text[:_MOST_SHOWN]}\n… {len(text) - _MOST_SHOWN:,} more characters are not shown"


def bounded(uses: int, until_s: float, now_s: float) -> tuple[int, float]:
    """Bring what a person allows into bounds: an end within 30 days, at most 1,000 uses; -1 stays any number."""
    return max(-1, min(uses or 1, MOST_USES)), max(now_s, min(until_s, now_s + LONGEST_S))
