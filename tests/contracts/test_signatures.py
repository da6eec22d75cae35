"""What every keeper of keys promises."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skillstrata.adapters.ed25519_signatures import Ed25519Signatures
from skillstrata.ports.signatures import Signatures
from skillstrata.records.exchange_faults import KeyUnusable


@pytest.fixture(params=[Ed25519Signatures], ids=["ed25519"])
def mine(request: pytest.FixtureRequest, tmp_path: Path) -> Signatures:
    """Each implementation in turn."""
    return request.param(tmp_path / "mine")


@pytest.fixture
def other(tmp_path: Path) -> Signatures:
    """Somebody else."""
    return Ed25519Signatures(tmp_path / "other")


def test_a_signature_is_trusted_where_its_key_is(mine: Signatures, other: Signatures) -> None:
    """One's own at once, another's once it was handed over, and no more once that is taken back."""
    key = mine.make("me")
    signature = mine.sign(b"package")
    assert (mine.check(b"package", signature).state, mine.check(b"package", signature).owner) == ("trusted", "me")
    assert other.check(b"package", signature).state == "unknown_key"

    other.trust(key.public, "a friend")
    found = other.check(b"package", signature)
    assert (found.state, found.owner, found.key_id) == ("trusted", "a friend", key.key_id)
    assert other.distrust(key.key_id)
    assert not other.distrust(key.key_id)
    assert other.check(b"package", signature).state == "unknown_key"


def test_no_signature_is_none_and_changed_bytes_are_bad(mine: Signatures) -> None:
    """Of the package or of the signature."""
    mine.make("me")
    signature = mine.sign(b"package")
    fields = json.loads(signature)

    assert mine.check(b"package", None).state == "none"
    assert mine.check(b"packagE", signature).state == "bad"
    assert mine.check(b"package", json.dumps(fields | {"signature": fields["signature"][::-1]}).encode()).state == "bad"
    assert mine.check(b"package", json.dumps(fields | {"algorithm": "none"}).encode()).state == "bad"
    assert mine.check(b"package", json.dumps(fields | {"format": 2}).encode()).state == "bad"


def test_a_key_put_into_somebody_elses_signature_is_bad(mine: Signatures, other: Signatures) -> None:
    """The trusted key's text beside a signature by another one."""
    trusted = mine.make("me")
    other.make("other")
    fields = json.loads(other.sign(b"package"))

    assert mine.check(b"package", json.dumps(fields | {"key": trusted.public}).encode()).state == "bad"


@settings(max_examples=50)
@given(signature=st.binary(max_size=200))
def test_a_signature_of_any_form_raises_nothing(signature: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    """It comes with a package of anybody's."""
    assert Ed25519Signatures(tmp_path_factory.mktemp("k")).check(b"package", signature).state == "bad"


def test_the_key_is_made_once_and_is_its_owners_alone(mine: Signatures, tmp_path: Path) -> None:
    """A second call gives the same; one that others may read is not used until that is mended."""
    key = mine.make("me")
    assert mine.make("somebody else") == key
    (file,) = (tmp_path / "mine").iterdir()
    assert file.stat().st_mode & 0o077 == 0
    file.chmod(0o644)
    with pytest.raises(KeyUnusable):
        mine.sign(b"x")
    file.chmod(0o600)
    assert mine.sign(b"x")
    assert json.loads(file.read_bytes())["private"] not in mine.sign(b"x").decode() + repr(mine.keys())


@pytest.mark.parametrize("public", ["", "ed25519:", "ed25519:AAAA", "rsa:" + "A" * 44, "x" * 500])
def test_what_is_no_key_is_not_trusted(mine: Signatures, other: Signatures, public: str) -> None:
    """A slip of the hand would trust nobody, and say nothing."""
    with pytest.raises(KeyUnusable):
        mine.trust(public, "x")
    assert mine.keys() == ()
    assert mine.trust(other.make("o").public, "o").owner == "o"


def test_without_a_key_nothing_is_signed(mine: Signatures) -> None:
    """The next step is in the error."""
    with pytest.raises(KeyUnusable) as refused:
        mine.sign(b"x")
    assert "keys make" in refused.value.hint


def test_one_key_written_in_two_ways_is_one_key(mine: Signatures, other: Signatures, tmp_path: Path) -> None:
    """The last letter of its text has bits that say nothing; another key stays another."""
    public = other.make("o").public
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    same = f"{public[:-2]}{letters[letters.index(public[-2]) + 1]}="
    assert mine.trust(public, "one") == mine.trust(same, "one")
    assert [key.public for key in mine.keys()] == [public]
    third = Ed25519Signatures(tmp_path / "third").make("t")
    mine.trust(third.public, "two")
    assert len(mine.keys()) == 2

    (tmp_path / "mine" / "trusted.json").write_text(json.dumps({"keys": {same: "one"}}), encoding="utf-8")
    assert [key.public for key in mine.keys()] == [public]
    assert mine.distrust(same)
    assert mine.keys() == ()
