"""Recognise text that must not be distilled: secrets, and the marks that a redactor left in a program.

In     a program text
Out    the kind of the first find, with its line
Never  repeats the value it found
"""

import re

TAKE_IT_OUT = "take the secret out of the program, run it again"
_OWN_MARK = "REDACTED_SECRET"
# A redactor's mark inside code means that the code is not what ran.
_REDACTION = re.compile(
    r"\bREDACTED\b|\[redacted[\]:]|<redacted>|\bREDACTED_(?!SECRET\b)[A-Z_]+|\[(?:SECRET|EMAIL|TOKEN|API_KEY|PASSWORD)\]",
)
_SECRET_WORDS = ("key", "secret", "token", "passw")
_NAMED_SECRET = re.compile(
    r"(?i)(?:api_?key|secret|token|passwd|password)[a-z_]*['\"]?\s*[:=]\s*['\"](?P<value>[^'\"\s]{16,})['\"]"
)
_RULES: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("an Anthropic key", re.compile(r"sk-ant-[A-Za-z0-9_-]{16,}")),
    ("an OpenRouter key", re.compile(r"sk-or-v1-[A-Za-z0-9]{16,}")),
    ("an API key", re.compile(r"\bsk-(?:proj-)?[A-Za-z0-9_-]{20,}")),
    ("a GitHub token", re.compile(r"\bgh[pousr]_[A-Za-z0-9]{30,}|\bgithub_pat_[A-Za-z0-9_]{22,}")),
    ("an AWS key id", re.compile(r"\bAKIA[0-9A-Z]{16}\b")),
    ("a Google key", re.compile(r"\bAIza[0-9A-Za-z_-]{35}")),
    ("a Slack token", re.compile(r"\bxox[abprs]-[A-Za-z0-9-]{10,}")),
    ("a Stripe key", re.compile(r"\b[sr]k_live_[A-Za-z0-9]{16,}|\bwhsec_[A-Za-z0-9]{16,}")),
    ("a Hugging Face token", re.compile(r"\bhf_[A-Za-z0-9]{30,}")),
    ("a JSON web token", re.compile(r"\beyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}")),
    ("a private key", re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----")),
    ("a password in an address", re.compile(r"\b[a-z][a-z0-9+.-]*://[^\s/:@'\"{}]+:[^\s/@'\"{}$<]{3,}@")),
    ("a named secret", _NAMED_SECRET),
)
_HARMLESS = re.compile(r"(?i)example|your_|dummy|xxxxx|1234567|<|\*\*\*|placeholder|changeme")


def redaction_in(text: str) -> str:
    """Give the place of a mark that another redactor left, "" where there is none."""
    match = _REDACTION.search(text)
    return "" if match is None else f"a redaction mark at line {_line(text, match.start())}"


def taken_out_in(text: str) -> str:
    """Give the place where a secret was taken out of the text before it was stored, "" where there is none."""
    at = text.find(_OWN_MARK)
    return "" if at < 0 else f"a secret at line {_line(text, at)}"


def secret_in(text: str) -> str:
    """Give the kind and place of the first thing that looks like a secret, "" where there is none."""
    plain = text.lower()
    for kind, rule in _RULES:
        if rule is _NAMED_SECRET and not any(word in plain for word in _SECRET_WORDS):
            continue
        for match in rule.finditer(text):
            if not _HARMLESS.search(match.group(0)):
                return f"{kind} at line {_line(text, match.start())}"
    return ""


def _line(text: str, at: int) -> int:
    return text.count("\n", 0, at) + 1
