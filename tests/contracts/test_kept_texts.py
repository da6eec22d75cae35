"""What every KeptTexts promises."""

import threading
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillstrata.adapters.text_file_store import TextFileStore


@given(st.lists(st.binary(max_size=300), max_size=30), st.data())
def test_what_is_kept_comes_back_and_what_is_not_does_not(texts: list[bytes], data: st.DataObject) -> None:
    """For any texts, in any order, twice too."""
    store = TextFileStore()
    by_digest = {sha256(text).hexdigest(): text for text in texts}
    for text in (*texts, *texts):
        store.put(sha256(text).hexdigest(), text)
    kept = data.draw(st.sets(st.sampled_from(sorted(by_digest))) if by_digest else st.just(set[str]()))
    store.keep_only(kept)

    assert {digest: store.get(digest) for digest in by_digest} == {
        digest: text if digest in kept else None for digest, text in by_digest.items()
    }
    store.close()


def test_room_is_given_back_and_what_stays_is_still_there() -> None:
    """Versions come and go all day; a store that only grows would fill the disk."""
    store = TextFileStore()
    for n in range(100):
        store.put(str(n), bytes([n]) * 100_000)
    store.keep_only({"7"})
    store.put("new", b"new")

    assert store.get("7") == b"\x07" * 100_000
    assert store.get("new") == b"new"
    assert store.get("8") is None


def test_several_threads_may_use_it_at_once() -> None:
    """One looks, many clients read."""
    store, wrong = TextFileStore(), list[str]()

    def work(number: int) -> None:
        for n in range(200):
            digest = f"{number}-{n}"
            store.put(digest, digest.encode() * 50)
            if store.get(digest) != digest.encode() * 50:
                wrong.append(digest)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert wrong == []


def test_without_room_to_tidy_nothing_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    """The second file cannot be made: the first one stays, and versions in use can still be read."""
    store = TextFileStore()
    for n in range(100):
        store.put(str(n), bytes([n]) * 100_000)
    monkeypatch.setattr("tempfile.tempdir", "/nowhere")
    store.keep_only({"7"})
    assert store.get("7") == b"\x07" * 100_000
    with pytest.raises(OSError, match="nowhere"):
        TextFileStore().put("new", b"new")

    monkeypatch.undo()
    store.keep_only({"7"})
    store.put("new", b"new")
    assert (store.get("7"), store.get("new"), store.get("8")) == (b"\x07" * 100_000, b"new", None)
