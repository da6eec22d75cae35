"""A lock: the same bytes for the same skills, and every difference named."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillstrata.library.locks import drift, is_name, lock_text, read_lock
from skillstrata.records.exchange_faults import LockUnreadable
from skillstrata.records.exchanges import LockDrift, LockedSkill

_names = st.text(st.characters(blacklist_categories=("Cs", "Cc")), min_size=1, max_size=30)
_digests = st.binary(min_size=32, max_size=32).map(lambda data: f"sha256:{data.hex()}")
_skills = st.lists(
    st.builds(LockedSkill, _names, st.sampled_from(["tool", "instructions"]), st.text(max_size=9), _digests),
    unique_by=lambda one: one.name,
    max_size=6,
).map(tuple)


@given(_skills)
def test_a_lock_reads_back_and_its_order_does_not_matter(skills: tuple[LockedSkill, ...]) -> None:
    """It is under version control, where every changed line is looked at."""
    text = lock_text(skills)

    assert read_lock(text, "x") == tuple(sorted(skills, key=lambda one: one.name))
    assert lock_text(tuple(reversed(skills))) == text
    assert drift(skills, skills) == ()


@given(st.text(st.characters(), min_size=0, max_size=4) | st.text("a", min_size=199, max_size=202))
def test_a_lock_with_a_name_is_read_again_just_where_the_name_fits(name: str) -> None:
    """Whoever writes leaves out what a reader would refuse, and nothing else."""
    text = lock_text((LockedSkill(name, "tool", "1", f"sha256:{'0' * 64}"),))
    try:
        back = [one.name for one in read_lock(text, "x")]
    except LockUnreadable:
        back = []

    assert back == ([name] if is_name(name) else [])


def test_what_is_changed_or_gone_is_named_and_what_came_is_not() -> None:
    """A new skill in the library is no reason to fail somebody's build."""
    old, new = f"sha256:{'0' * 64}", f"sha256:{'1' * 64}"
    locked = (
        LockedSkill("a", "tool", "1", old),
        LockedSkill("b", "tool", "1", old),
        LockedSkill("c", "tool", "1", old),
    )
    found = (LockedSkill("a", "tool", "2", new), LockedSkill("c", "tool", "1", old), LockedSkill("d", "tool", "1", old))

    assert drift(locked, found) == (LockDrift("a", "changed", old, new), LockDrift("b", "missing", old))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b'{"format": 2, "skills": {}}',
        b'{"format": 1, "skills": {"a": {"kind": "tool", "version": "1", "digest": "md5:0"}}}',
        b'{"format": 1, "skills": {"a\\u0007": {"kind": "t", "version": "1", "digest": "sha256:' + b"0" * 64 + b'"}}}',
    ],
)
def test_another_file_of_the_name_is_refused_with_the_next_step(data: bytes) -> None:
    """A merge conflict in it, most often."""
    with pytest.raises(LockUnreadable) as refused:
        read_lock(data, "skillstrata.lock")
    assert refused.value.hint
