"""A user's own rules: what they do, and how a bad one is told."""

import pytest

from skillstrata.capture.redact import MARKER, Redactor
from skillstrata.capture.redaction_rules import RuleInvalid, custom_rules

GOOD = """
[[rule]]
name = "acme key"
regex = 'acme_([a-z0-9]{8,})'
group = 1
replacement = "REDACTED_SECRET_ACME"

[[allow]]
name = "keys of the documentation"
regex = '^doc'
rule = "acme key"
"""
HEX = "a8f5f167f44f4964" + "e6c998dee827110c"


def _redactor(text: str) -> Redactor:
    return Redactor(custom=custom_rules(text, "rules.toml"))


def test_a_rule_takes_its_group_out_and_says_its_name() -> None:
    """Beyond ASCII too: the engine counts bytes, the text counts characters."""
    redacted = _redactor(GOOD).redact("é\nnaïve acme_x8k2q0pz1 end")

    assert redacted.text == "é\nnaïve acme_REDACTED_SECRET_ACME end"
    assert [(find.line, find.rule) for find in redacted.finds] == [(2, "acme key")]


def test_an_allow_rule_keeps_what_it_matches() -> None:
    """Of the rule it names only; without a name, of every rule."""
    assert _redactor(GOOD).redact("acme_docs8k2q0").hits == 0
    anything = f"[[allow]]\nname = 'fixtures'\nregex = '^{HEX}$'\n"
    assert _redactor(anything).redact(f'api_key = "{HEX}"').hits == 0
    assert _redactor(GOOD).redact(f'api_key = "{HEX}"').text == f'api_key = "{MARKER}"'


def test_a_rule_applies_to_the_end_of_each_text_of_an_event() -> None:
    """Its anchors are of that text, not of all texts together."""
    redactor = _redactor("[[rule]]\nname = 'whole'\nregex = '^fine$'\n")

    assert not redactor.are_clean(("fine", "x"))
    assert redactor.are_clean(("fine x",))


BAD = {
    "no TOML": ("[[rule]\nname=", "does not parse"),
    "another table": ("[rules]\n", "unknown table 'rules'"),
    "not a list": ("rule = 3\n", "no list of tables"),
    "look-around": ("\n\n[[rule]]\nname = 'a'\nregex = '(?=x)y'\n", "line 3: rule 'a': the regex"),
    "back-reference": ("[[rule]]\nname = 'a'\nregex = '(x)\\1'\n", "line 1: rule 'a': the regex"),
    "unbalanced": ("[[rule]]\nname = 'a'\nregex = '(x'\n", "line 1"),
    "empty match": ("[[rule]]\nname = 'a'\nregex = 'x*'\n", "matches the empty text"),
    "no regex": ("[[rule]]\nname = 'a'\n", "regex is missing"),
    "regex is a number": ("[[rule]]\nname = 'a'\nregex = 7\n", "regex must be a text"),
    "no name": ("[[rule]]\nregex = 'abc'\n", "name is missing"),
    "no such group": ("[[rule]]\nname = 'a'\nregex = 'abc'\ngroup = 1\n", "group is 1, the regex has 0"),
    "unknown key": ("[[rule]]\nname = 'a'\nregex = 'abc'\nreplace = 'x'\n", "unknown key 'replace'"),
    "no marker": ("[[rule]]\nname = 'a'\nregex = 'abc'\nreplacement = 'gone'\n", "is no marker"),
    "eats itself": ("[[rule]]\nname = 'a'\nregex = 'SECRET'\n", "matches the replacement"),
    "second of two": ("[[rule]]\nname = 'a'\nregex = 'abc'\n\n[[rule]]\nname = 'b'\nregex = '['\n", "line 5: rule 'b'"),
    "bad exception": ("[[allow]]\nname = 'a'\nregex = '['\n", "line 1: allow 'a'"),
}


@pytest.mark.parametrize(("text", "said"), BAD.values(), ids=BAD.keys())
def test_a_bad_rule_is_told_with_file_and_line(text: str, said: str) -> None:
    """A rule that is silently left out is a secret that is silently kept."""
    with pytest.raises(RuleInvalid) as caught:
        custom_rules(text, "rules.toml")

    assert "rules.toml" in caught.value.message
    assert said in caught.value.message
    assert caught.value.hint
    assert caught.value.code == "redaction.rule_invalid"


def test_a_pattern_that_would_backtrack_for_ever_ends() -> None:
    """`(a+)+$` on a run of a's takes a backtracking engine longer than anybody waits; the test would not end."""
    rules = "".join(f"[[rule]]\nname = '{n}'\nregex = '{r}'\n" for n, r in enumerate(["(a+)+b", "(a|a)*b", "(.*)*,b"]))

    assert _redactor(rules).redact("a" * 100_000).hits == 0
    assert _redactor(rules).redact("aab").hits >= 1
