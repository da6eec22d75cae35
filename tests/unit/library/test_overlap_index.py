from collections import Counter
from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillstrata.library.overlap import idf, plain_score, weighted_score
from skillstrata.library.overlap_index import KeptTerms, OverlapIndex, built, from_bytes
from skillstrata.records.learned import ArtifactStamp

WORDS = st.frozensets(st.sampled_from([f"word{n}" for n in range(12)]), max_size=8)


def _stamp(number: int, *, size: int = 1) -> ArtifactStamp:
    return ArtifactStamp(f"/skills/s{number}/SKILL.md", f"s{number}", size, 5, number)


def _documents(sets: list[frozenset[str]]) -> list[tuple[ArtifactStamp, frozenset[str]]]:
    return [(_stamp(number), terms) for number, terms in enumerate(sets)]


@given(st.lists(WORDS, max_size=8), st.lists(WORDS, max_size=8), st.sets(st.integers(0, 7)), WORDS)
def test_the_index_gives_the_scores_of_the_texts_themselves(
    before: list[frozenset[str]], added: list[frozenset[str]], gone: set[int], draft: frozenset[str]
) -> None:
    """However much of it was kept, changed or taken away since: a decision may not depend on what is remembered."""
    kept = from_bytes(built(_documents(before)).to_bytes())
    extras = [(_stamp(100 + number), terms) for number, terms in enumerate(added)]
    left = [each for number, each in enumerate(_documents(before)) if number not in gone]
    now = {stamp.path: terms for stamp, terms in [*left, *extras]}
    counts, total = Counter(chain.from_iterable(now.values())), len(now)

    matches, more = OverlapIndex(kept, [stamp for stamp, _ in [*left, *extras]], extras).nearest(
        draft, least=0.18, most=50
    )

    expected = {path: plain_score(draft, terms) for path, terms in now.items() if plain_score(draft, terms) >= 0.18}
    assert {match.path: match.score for match in matches} == expected
    assert more == 0
    for match in matches:
        weighted = weighted_score(draft, now[match.path], lambda term: idf(counts[term], total))
        assert match.idf_score == pytest.approx(weighted)


def test_what_shares_only_common_words_comes_last() -> None:
    """Else boilerplate would choose which artefact a draft is merged into."""
    common, own = {f"use{n}" for n in range(6)}, [f"tide{n}" for n in range(10)]
    sets = [frozenset(common | {f"x{n}{m}" for m in range(6)}) for n in range(60)]
    documents = _documents([*sets, frozenset({*own[:5], *(f"y{m}" for m in range(30))})])

    draft = frozenset({*common, *own})
    matches, more = OverlapIndex(built(documents), [s for s, _ in documents], []).nearest(draft, least=0.18, most=3)

    assert matches[0].path == "/skills/s60/SKILL.md"
    assert matches[0].score < matches[1].score
    assert more == 58


@pytest.mark.parametrize("is_kept", [False, True])
def test_no_number_of_others_with_the_same_boilerplate_hides_the_near_one(is_kept: bool) -> None:
    """Only a hundred were weighed, by the plain score alone: among many of the same, the near one was not there."""
    common, own = {f"use{n}" for n in range(10)}, {f"tide{n}" for n in range(10)}
    sets = [frozenset(common | {f"x{n}{m}" for m in range(10)}) for n in range(300)]
    documents = _documents([*sets, frozenset(own | {f"y{m}" for m in range(12)})])
    stamps = [stamp for stamp, _ in documents]
    index = OverlapIndex(built(documents), stamps, []) if is_kept else OverlapIndex(KeptTerms(), stamps, documents)

    matches, more = index.nearest(frozenset(common | own), least=0.18, most=3)

    assert matches[0].path == "/skills/s300/SKILL.md"
    assert matches[0].idf_score > 2 * matches[1].idf_score
    assert more == 298


def test_a_changed_file_is_unknown_and_an_unchanged_one_is_not() -> None:
    """The stamp decides whether a text is read."""
    kept = built(_documents([frozenset({"one"}), frozenset({"two"})]))

    assert kept.unknown([_stamp(0), _stamp(1)]) == []
    assert kept.unknown([_stamp(0, size=2), _stamp(1)]) == [_stamp(0, size=2)]


@pytest.mark.parametrize("damage", [b"", b"short", b"\0" * 64, b"\xff" * 200])
def test_bytes_that_are_no_index_give_an_empty_one(damage: bytes) -> None:
    """A cache may be lost or torn at any time; it costs time, never a wrong score."""
    assert from_bytes(damage) == KeptTerms()


@given(st.integers(0, 400), st.integers(1, 255))
def test_one_flipped_byte_gives_the_same_index_or_an_empty_one(at: int, flip: int) -> None:
    """A disk may give back something else than it was given."""
    good = built(_documents([frozenset({"one", "two"}), frozenset({"two", "three"})])).to_bytes()
    bad = bytearray(good)
    bad[at % len(good)] ^= flip
    found = from_bytes(bytes(bad))

    assert not found.stamps or len(found.stamps) == 2
    OverlapIndex(found, found.stamps, []).nearest(frozenset({"two"}), least=0.1, most=5)
