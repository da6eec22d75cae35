"""What users say again and again about how they want it: use X instead of Y, always this, never that.

In     prompts that people typed
Out    Findings of the shape "rule", of one project each, in the user's own short words
Never  takes a sentence out of a long or pasted text, a question, a quotation, from after any other sentence, or one
       that is not clean; makes a rule of a plain "don't", which speaks only against one
Why    a correction that has to be said twice is a rule that nobody wrote down
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from skillstrata.library.learning_episodes import Said
from skillstrata.library.learning_findings import Claim, Finding, Sight
from skillstrata.library.learning_meaning import are_alike, in_latin_letters, is_forbidding, said_terms, without_adverbs
from skillstrata.library.learning_sayings import ADVERB, ALWAYS, GERMAN, PREFER, TOLD, taken_back, without_address
from skillstrata.library.learning_screen import is_clean_phrase
from skillstrata.library.learning_voices import has_other_voice, is_credited, is_nothing, reports, without_lead_in
from skillstrata.records.learned import Evidence
from skillstrata.records.session_work import LearningLimits

_MOST_PROMPT = 500
_MOST_LINES = 6
_PASTED = re.compile(r"```|^\s*[>|]|</?\w+|https?://|\{\"|^\s{4,}\S|\bTraceback\b", re.M)
_SENTENCE = re.compile(r"[^.!?。\uff01\uff1f\n]+(?:\.(?=\w)[^.!?。\uff01\uff1f\n]+)*[.!?。\uff01\uff1f]*")
_WORTH = 2.0
# Scripts whose sentences end with a full stop of their own: Kana and Han.
_EASTERN = re.compile("[\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]")

_TOO_VAGUE = frozenset("it this that them one what das es sie the other another something better a".split())


@dataclass(frozen=True, slots=True)
class Correction:
    """One sentence that says how it is wanted. `wanted` and `unwanted` are set for a choice between two."""

    phrase: str
    said: Said
    wanted: str = ""
    unwanted: str = ""
    forbids: bool = False
    only_against: bool = False


def corrections(
    said: tuple[Said, ...], limits: LearningLimits, private: frozenset[str] = frozenset()
) -> tuple[Finding, ...]:
    """Find what was said in at least so many sessions of a project.

    Args:
        said: Prompts of people, of any number of projects.
        limits: How many sessions make a rule; one that is said once is part of its task.
        private: Names of this machine's people, in lower case.
    """
    by_project: defaultdict[str, list[Correction]] = defaultdict(list)
    for one in said:
        by_project[one.project] += corrections_in(one, private)
    return tuple(f for project, all_of in sorted(by_project.items()) for f in _of_project(project, all_of, limits))


def corrections_in(said: Said, private: frozenset[str] = frozenset()) -> tuple[Correction, ...]:
    """Give the corrections that a prompt begins with; none of a long one, or one with words of somebody else."""
    text = without_lead_in(said.text.strip().replace("`", "")) if "```" not in said.text else ""
    if len(text) > _MOST_PROMPT or text.count("\n") >= _MOST_LINES or _PASTED.search(text):
        return ()
    sentences = [match[0].strip() for match in _SENTENCE.finditer(text) if not is_nothing(match[0].strip())]
    found: list[Correction] = []
    for sentence in sentences:
        one = _correction(sentence, said, private)
        if one is None:
            # What comes after another sentence may be somebody else's.
            break
        found.append(one)
        if one.only_against:
            break
    return () if has_other_voice(text, tuple(sentences[len(found) :])) else tuple(found)


def _correction(sentence: str, said: Said, private: frozenset[str]) -> Correction | None:
    is_german = bool(GERMAN.search(sentence))
    if is_credited(sentence) or not is_clean_phrase(sentence, private, nouns_are_capital=is_german):
        return None
    for pattern in PREFER:
        match = pattern.match(sentence)
        if match:
            parts = {name: (value or "").strip(" .") for name, value in match.groupdict().items()}
            wanted, unwanted = (without_adverbs(parts.get(name, "")) for name in ("x", "y"))
            if not wanted or reports(wanted) or wanted.lower() in _TOO_VAGUE or wanted.lower() == unwanted.lower():
                return None
            return Correction(_tidy(sentence), said, wanted, "" if unwanted.lower() in _TOO_VAGUE else unwanted)
    against = taken_back(sentence)
    if against and not TOLD.search(sentence):
        return Correction(against, said, forbids=is_forbidding(against), only_against=True)
    if not ALWAYS.match(sentence) or TOLD.search(sentence) or reports(ADVERB.split(sentence, maxsplit=1)[0]):
        return None
    phrase = _tidy(sentence)
    return Correction(phrase, said, forbids=is_forbidding(sentence)) if said_terms(phrase) else None


def _tidy(sentence: str) -> str:
    words = " ".join(unicodedata.normalize("NFKC", sentence).split()).rstrip(" .!。,;")
    words = without_address(words) or words
    return words[:1].upper() + words[1:]


def _of_project(project: str, all_of: list[Correction], limits: LearningLimits) -> Iterable[Finding]:
    for group in _groups(all_of):
        sessions = {one.said.session for one in group}
        if len(sessions) >= limits.min_sessions:
            yield _finding(project, group)


def _groups(all_of: list[Correction]) -> list[list[Correction]]:
    """Put together what says the same: the same choice, or sentences of nearly the same words and direction."""
    groups: list[list[Correction]] = []
    for one in sorted(all_of, key=lambda c: (c.said.at_s, c.said.event_id)):
        group = next((g for g in groups if any(_are_same(one, other) for other in g)), None)
        if group is None:
            groups.append([one])
        else:
            group.append(one)
    return groups


def _are_same(one: Correction, other: Correction) -> bool:
    if one.only_against != other.only_against:
        return False
    if one.wanted or other.wanted:
        rivals = {one.unwanted.lower(), other.unwanted.lower()} - {""}
        return one.wanted.lower() == other.wanted.lower() and len(rivals) <= 1
    a, b = said_terms(one.phrase), said_terms(other.phrase)
    return one.forbids == other.forbids and are_alike(a, b)


def _finding(project: str, group: list[Correction]) -> Finding:
    last = group[-1]
    what = "the user said how it is wanted"
    sights = tuple(Sight(Evidence(c.said.event_id, c.said.session, project, what), c.said.at_s, _WORTH) for c in group)
    unwanted = next((c.unwanted for c in group if c.unwanted), "")
    if last.wanted:
        rest = f", not `{unwanted}`" if unwanted else ""
        lines = (f"- Use `{last.wanted}`{rest}.",)
        choice = (last.wanted.lower(), unwanted.lower())
        key = f"rule use {choice[0]} not {choice[1]}" if unwanted else f"rule use {choice[0]}"
        topic = ("use", *last.wanted.split(), *(("not", *unwanted.split()) if unwanted else ()))
        return Finding(
            "rule",
            key,
            topic,
            f"{last.wanted} {unwanted}".strip(),
            lines,
            (project,),
            sights,
            claims=(Claim(f"heard the user say: {lines[0][2:-1]}", sights),),
            choice=choice,
        )
    plainest = min(group, key=lambda c: (len(c.phrase), c.phrase))
    shortest = plainest.phrase
    key = f"rule {'never' if last.forbids else 'always'} {' '.join(sorted(said_terms(shortest)))}"
    topic = tuple(word for word in re.findall(r"[^\W_]+", in_latin_letters(shortest)) if len(word) > 1)
    claims = (Claim(f"heard the user say: {shortest}", sights),)
    return Finding(
        "rule",
        key,
        topic,
        shortest,
        (f"- {shortest}{_stop(shortest)}",),
        (project,),
        sights,
        claims=claims,
        only_against=last.only_against,
    )


def _stop(sentence: str) -> str:
    """Give the full stop of its script."""
    return "。" if _EASTERN.search(sentence[-1:]) else "."
