"""Make one of findings that say the same: across projects, across shapes, and the conventions of one place in one.

In     Findings of single projects
Out    Findings, no two of which say the same; those of two projects and more are the user's
Never  goes by a name; promotes what another project does in another way
Why    a fix, a correction and a convention about one package manager are one thing to know, seen three times
"""

import re
from collections import defaultdict
from dataclasses import replace

from skillstrata.library.learning_findings import Claim, Finding, joined, merged
from skillstrata.library.learning_meaning import are_alike, said_terms
from skillstrata.library.learning_places import Places
from skillstrata.library.overlap import plain_score

_SAME = 0.72
_LEAST_COMMON = 2
# Whose form of a draft remains: a person's word says most.
_RANK = {"rule": 0, "fix": 1, "convention": 2}
_WORD = re.compile(r"[^\s`,.;:!?。\uff0c、]+")


def without_duplicates(findings: tuple[Finding, ...], places: Places | None = None) -> tuple[Finding, ...]:
    """Promote, weigh what contradicts, and fold together.

    Args:
        findings: Of single projects.
        places: What is known of those projects; without it each is one of its own.
    """
    return tuple(_folded(_promoted(_contradicted(list(findings)), places or Places())))


def bundled(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """Put the conventions of each place into one finding; the others stay as they are."""
    by_place: defaultdict[tuple[str, ...], list[Finding]] = defaultdict(list)
    others: list[Finding] = []
    for finding in findings:
        if finding.shape == "convention":
            by_place[finding.projects].append(finding)
        else:
            others.append(finding)
    return (*others, *(_bundle(place, group) for place, group in sorted(by_place.items())))


def _bundle(place: tuple[str, ...], group: list[Finding]) -> Finding:
    group = sorted(group, key=lambda f: f.key)
    one = merged(group)
    return replace(
        one,
        key=f"conventions of {' '.join(place)}",
        topic=tuple(dict.fromkeys(word for f in group for word in f.topic)),
        substance=" ".join(f.substance for f in group),
        lines=tuple(line for f in group for line in f.lines),
        against=0.0 if not one.sights else sum(f.against for f in group) / len(group),
        claims=joined(claim for f in group for claim in f.claims),
    )


def _words(finding: Finding) -> frozenset[str]:
    return frozenset(word.lower() for word in _WORD.findall(finding.substance))


def _contradicted(findings: list[Finding]) -> list[Finding]:
    """Let a newer word of the user speak against an older one that says the opposite; of one moment, both."""
    out: list[Finding] = []
    for one in (f for f in findings if not f.only_against):
        newer = [f for f in findings if f.projects == one.projects and _opposes(f, one) and _last(f) >= _last(one)]
        out.append(replace(one, against=one.against + sum(s.weight for f in newer for s in f.sights)))
    return out


def _opposes(one: Finding, other: Finding) -> bool:
    """Say whether one wants what the other does not."""
    (wanted, unwanted), (other_wanted, other_unwanted) = one.choice, other.choice
    if one.shape == other.shape == "rule" and not wanted and not other_wanted:
        return _way(one) != _way(other) and are_alike(_terms(one), _terms(other))
    if one.only_against and other_wanted:
        return _way(one) == "never" and _terms(one) == said_terms(other_wanted)
    if not wanted or not other_wanted or wanted == other_wanted:
        return False
    return other_wanted == unwanted or other_unwanted == wanted


def _way(rule: Finding) -> str:
    """Say whether a rule asks or forbids: the second word of its key."""
    return rule.key.split()[1]


def _terms(rule: Finding) -> frozenset[str]:
    return frozenset(rule.key.split()[2:])


def _last(finding: Finding) -> float:
    return max(s.at_s for s in finding.sights)


def _promoted(findings: list[Finding], places: Places) -> list[Finding]:
    groups: list[list[Finding]] = []
    for finding in findings:
        group = next((g for g in groups if all(_are_same(finding, other) for other in g)), None)
        if group is None:
            groups.append([finding])
        else:
            group.append(finding)
    found: list[Finding] = []
    for group in groups:
        projects = places.counted(tuple(sorted({p for f in group for p in f.projects})))
        if len(projects) > 1 and _is_disputed(group, findings):
            found += group
        else:
            found.append(replace(_reasoned(group), projects=projects))
    return found


def _reasoned(group: list[Finding]) -> Finding:
    if len(group) == 1:
        return group[0]
    one = merged(group)
    if one.shape == "sequence":
        longest = max(group, key=lambda f: (len(f.lines), len(f.sights)))
        one = replace(one, lines=longest.lines, substance=longest.substance, topic=longest.topic, key=longest.key)
    if one.shape == "rule":
        fullest = max(group, key=lambda f: (len(f.key.split()), f.key)) if one.choice[0] else one
        one = replace(one, lines=fullest.lines, key=fullest.key, topic=fullest.topic, substance=fullest.substance)
        one = replace(one, choice=fullest.choice)
    return replace(one, claims=_of_one(one))


def _of_one(one: Finding) -> tuple[Claim, ...]:
    """Say with one text what each project said in nearly the same."""
    return (Claim(max(one.claims, key=lambda c: (len(c.sights), c.text)).text, one.sights),)


def _is_disputed(group: list[Finding], findings: list[Finding]) -> bool:
    """Say whether a project holds it otherwise: then it is no habit of the user's."""
    keys = {f.key for f in group}
    if group[0].shape == "convention":
        goal = group[0].key.partition(":")[0]
        return goal != "convention order" and any(
            f.shape == "convention" and f.key.partition(":")[0] == goal and f.key not in keys for f in findings
        )
    return any(_opposes(f, one) for f in findings for one in group)


def _are_same(one: Finding, other: Finding) -> bool:
    if one.shape != other.shape or one.kind is not other.kind:
        return False
    if one.key == other.key:
        return True
    if one.shape == "rule":
        return _are_same_rules(one, other)
    return one.shape == "sequence" and plain_score(_words(one), _words(other)) >= _SAME and _shares_order(one, other)


def _are_same_rules(one: Finding, other: Finding) -> bool:
    (wanted, unwanted), (other_wanted, other_unwanted) = one.choice, other.choice
    if wanted or other_wanted:
        return wanted == other_wanted and (not unwanted or not other_unwanted or unwanted == other_unwanted)
    return _way(one) == _way(other) and are_alike(_terms(one), _terms(other))


def _shares_order(one: Finding, other: Finding) -> bool:
    a, b = one.key.removeprefix("sequence ").split(" > "), other.key.removeprefix("sequence ").split(" > ")
    common = [step for step in a if step in b]
    return len(common) >= _LEAST_COMMON and common == [step for step in b if step in a]


def _folded(findings: list[Finding]) -> list[Finding]:
    """Fold what one place shows in several shapes into the one of the highest rank."""
    kept: list[Finding] = []
    for finding in sorted(findings, key=lambda f: (_RANK.get(f.shape, 9), f.key)):
        at = next((n for n, other in enumerate(kept) if _belongs(finding, other)), None)
        if at is None:
            kept.append(finding)
        else:
            kept[at] = _with(kept[at], finding)
    return kept


def _belongs(finding: Finding, other: Finding) -> bool:
    """Say whether a finding is about what one of a higher rank says already, in a place of that one."""
    if not set(finding.projects) <= set(other.projects):
        return False
    mine = _words(finding)
    match (finding.shape, other.shape):
        case ("fix", "rule"):
            return bool(other.choice[1]) and set(other.choice) <= mine
        case ("convention", "rule"):
            return mine == frozenset(other.choice[:1]) if other.choice[0] else _is_order(finding, other)
        case ("convention", "fix"):
            return not finding.key.startswith("convention order") and mine <= _words(other)
        case _:
            return False


def _is_order(order: Finding, rule: Finding) -> bool:
    """Say whether a rule asks for what the order of two steps shows: this command, and then a commit."""
    if not order.key.startswith("convention order") or _way(rule) != "always":
        return False
    later = f">{order.key.rpartition(' ')[2]}"
    return _terms(rule) == said_terms(order.substance) | {later}


def _with(kept: Finding, more: Finding) -> Finding:
    sights = {(s.evidence.event_id, s.evidence.what): s for s in (*kept.sights, *more.sights)}
    lines = more.lines if more.shape == "fix" else ()
    return replace(
        kept,
        sights=tuple(sorted(sights.values(), key=lambda s: (s.at_s, s.evidence.event_id))),
        lines=tuple(dict.fromkeys((*kept.lines, *lines))),
        substance=f"{kept.substance} {more.substance}",
        claims=joined((*kept.claims, *more.claims)),
    )
