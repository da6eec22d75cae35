"""Calls of a Claude Code transcript, joined with their results in constant memory.

In     calls as they are asked for, results as they come, in any order
Out    one HistoryItem per call: with its result, or as not ended
Never  gives a call twice, though copies of it stand in resumed histories and progress records; lets calls without a
       result pile up
"""

from collections import OrderedDict, deque
from collections.abc import Callable, Iterator
from typing import NamedTuple

from skillstrata.records.events import AgentRecord
from skillstrata.records.imports import HistoryItem, LeftOut

MAX_WAITING = 4096
MAX_WAITING_BYTES = 24_000_000
MAX_UNCLAIMED = 256
MAX_UNCLAIMED_BYTES = 8_000_000
MAX_SEEN = 500_000

Record = dict[str, object]

_NOTHING: tuple[HistoryItem, ...] = ()
_REPEATED = LeftOut("a call that stands here already")
_REPEATED_RESULT = LeftOut("a result that stands here already")
_UNCLAIMED = LeftOut("a result without its call", of_a_call=True)


class Told(NamedTuple):
    """One half of a call, as its record tells it: the block of a message, and the record around it (`envelope`).

    `id` is "" where it is absent or redacted. `session` and `folder` are the record's own, or those of the file so far.
    """

    line: int
    id: str
    block: Record
    envelope: Record
    session: str
    folder: str
    size: int


class CallPairs:
    """The calls of one file that wait for their result, and the results that wait for their call."""

    def __init__(self, record: Callable[[Told, Told | None], AgentRecord]) -> None:
        """Remember how a record is made of a call and its result."""
        self._record = record
        self._waiting: OrderedDict[str, Told] = OrderedDict()
        self._waiting_bytes = 0
        self._unclaimed: OrderedDict[str, Told] = OrderedDict()
        self._unclaimed_bytes = 0
        self._seen: set[int] = set()
        self._seen_order: deque[int] = deque()

    def ask(self, key: str, asked: Told) -> tuple[HistoryItem, ...]:
        """Take in a call."""
        if not self._is_new(key):
            return (HistoryItem(asked.line, left_out=_REPEATED),)
        answer = self._unclaimed.pop(key, None) if self._unclaimed else None
        if answer is not None:
            self._unclaimed_bytes -= answer.size
            return (HistoryItem(asked.line, record=self._record(asked, answer)),)
        self._waiting[key] = asked
        self._waiting_bytes += asked.size
        if len(self._waiting) <= MAX_WAITING and self._waiting_bytes <= MAX_WAITING_BYTES:
            return _NOTHING
        given_up: list[HistoryItem] = []
        while len(self._waiting) > MAX_WAITING or self._waiting_bytes > MAX_WAITING_BYTES:
            given_up.append(self._given_up())
        return tuple(given_up)

    def answer(self, key: str, answer: Told) -> tuple[HistoryItem, ...]:
        """Take in a result."""
        asked = self._waiting.pop(key, None)
        if asked is not None:
            self._waiting_bytes -= asked.size
            return (HistoryItem(asked.line, record=self._record(asked, answer)),)
        if hash(key) in self._seen or key in self._unclaimed:
            return (HistoryItem(answer.line, left_out=_REPEATED_RESULT),)
        self._unclaimed[key] = answer
        self._unclaimed_bytes += answer.size
        given_up: list[HistoryItem] = []
        while len(self._unclaimed) > MAX_UNCLAIMED or self._unclaimed_bytes > MAX_UNCLAIMED_BYTES:
            _, oldest = self._unclaimed.popitem(last=False)
            self._unclaimed_bytes -= oldest.size
            given_up.append(HistoryItem(oldest.line, left_out=_UNCLAIMED))
        return tuple(given_up)

    def rest(self) -> Iterator[HistoryItem]:
        """Give what still waits at the end of the file."""
        while self._waiting:
            yield self._given_up()
        for answer in self._unclaimed.values():
            yield HistoryItem(answer.line, left_out=_UNCLAIMED)
        self._unclaimed.clear()

    def _given_up(self) -> HistoryItem:
        _, asked = self._waiting.popitem(last=False)
        self._waiting_bytes -= asked.size
        return HistoryItem(asked.line, record=self._record(asked, None))

    def _is_new(self, key: str) -> bool:
        number = hash(key)
        if number in self._seen:
            return False
        self._seen.add(number)
        self._seen_order.append(number)
        if len(self._seen_order) > MAX_SEEN:
            self._seen.discard(self._seen_order.popleft())
        return True
