"""Messages, cut out of whatever bytes a program prints."""

import itertools
from collections.abc import AsyncIterator

import anyio
import mcp_types
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillstrata.adapters import mcp_transports
from skillstrata.adapters.mcp_answers import TOO_LARGE
from skillstrata.adapters.mcp_transports import MOST_MESSAGE_BYTES, depth_of, messages


def heard(pieces: list[bytes]) -> list[mcp_types.JSONRPCMessage]:
    """Every message in some pieces of bytes."""

    async def given_pieces() -> AsyncIterator[bytes]:
        for piece in pieces:
            yield piece

    async def every() -> list[mcp_types.JSONRPCMessage]:
        return [one.message async for one in messages(given_pieces())]

    return anyio.run(every)


ANSWER = b'{"jsonrpc":"2.0","id":7,"result":{"x":1}}\n'


@given(st.lists(st.integers(1, len(ANSWER) * 3), max_size=5))
def test_a_message_is_the_same_however_it_arrives(cuts: list[int]) -> None:
    """Pipes cut where they like."""
    whole = b"hello\n" + ANSWER + b"\n{half\n" + ANSWER
    places = sorted({0, len(whole), *(cut for cut in cuts if cut < len(whole))})
    pieces = [whole[a:b] for a, b in itertools.pairwise(places)]

    assert [one.id for one in heard(pieces) if isinstance(one, mcp_types.JSONRPCResponse)] == [7, 7]


@given(st.lists(st.binary(max_size=200), max_size=6))
def test_no_bytes_whatever_raise(pieces: list[bytes]) -> None:
    """A program may print anything."""
    assert isinstance(heard(pieces), list)


def test_a_message_over_the_limit_is_an_error_under_its_id() -> None:
    """Whoever waits for it is told, and the next message is read; one that fits is taken whole."""
    head = b'{"jsonrpc":"2.0","id":3,"result":{"x":"'
    fits = head + b"x" * (MOST_MESSAGE_BYTES - len(head) - 3) + b'"}}\n'
    over = [head, *[b"x" * 1_000_000] * (MOST_MESSAGE_BYTES // 1_000_000 + 1), b'"}}\n']
    found = heard([*over, ANSWER, fits])

    assert isinstance(found[0], mcp_types.JSONRPCError)
    assert (found[0].id, found[0].error.code) == (3, TOO_LARGE)
    assert [one.id for one in found[1:] if isinstance(one, mcp_types.JSONRPCResponse)] == [7, 3]


def test_an_answer_that_cannot_be_read_is_an_error_under_its_id() -> None:
    """Otherwise its call would wait until its time is over."""
    deep = b'{"jsonrpc":"2.0","id":5,"result":' + b"[" * 5000 + b"]" * 5000 + b"}\n"
    (found,) = heard([deep])

    assert isinstance(found, mcp_types.JSONRPCError)
    assert (found.id, found.error.code) == (5, mcp_types.PARSE_ERROR)


@pytest.mark.parametrize(("said", "depth"), [(None, 0), ("", 0), ("2", 2), ("-1", 0), ("x", 0), ("9999", 0)])
def test_the_depth_is_read_from_the_environment(said: str | None, depth: int) -> None:
    """How many of us stand above."""
    assert depth_of({} if said is None else {mcp_transports.DEPTH: said}) == depth
