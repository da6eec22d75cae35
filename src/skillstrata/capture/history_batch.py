"""Events on their way from histories into the stores, a bounded number at a time.

In     events, and the marks of files all of whose events were given
Out    each call stored once, copies of it in other sessions noted, marks written; counted when it is done
Never  holds more than a batch; counts what is not stored
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from skillstrata.ports.catalog import Catalog, KnownCall
from skillstrata.ports.trace_log import TraceLog
from skillstrata.records.events import Event, changes_of
from skillstrata.records.imports import CallCount, ReadMark

BATCH_EVENTS = 2000
BATCH_CHARS = 8_000_000


@dataclass(frozen=True, slots=True)
class Stored:
    """What an import has stored so far: records of every kind, and the tool calls among them."""

    new: int = 0
    duplicate: int = 0
    calls: CallCount = field(default_factory=CallCount)


@dataclass
class _Waiting:
    """What is not stored yet. `again` counts records that came a second time, (all, calls)."""

    events: dict[str, Event] = field(default_factory=dict[str, Event])
    calls: set[str] = field(default_factory=set[str])
    marks: list[ReadMark] = field(default_factory=list[ReadMark])
    chars: int = 0
    again: int = 0
    calls_again: int = 0
    calls_forgotten: int = 0


@dataclass(frozen=True, slots=True)
class _Sorted:
    """The events of a batch: new ones, calls that got their result, copies as (session, event id), and the rest."""

    new: tuple[Event, ...]
    completed: tuple[Event, ...]
    copies: tuple[tuple[str, str], ...]


class Batch:
    """Collects events and stores them when there are enough of them."""

    def __init__(self, trace_log: TraceLog, catalog: Catalog) -> None:
        """Begin with nothing; asks which sessions were forgotten."""
        self._trace_log = trace_log
        self._catalog = catalog
        self._forgotten = catalog.forgotten_sessions()
        self._waiting = _Waiting()
        self.stored = Stored()

    def add(self, event: Event, *, is_call: bool) -> None:
        """Take an event; stores the batch when it is full."""
        waiting = self._waiting
        if event.session in self._forgotten:
            waiting.calls_forgotten += is_call
            return
        held = waiting.events.get(event.id)
        if held is None or (event.ended and not held.ended):
            waiting.events[event.id] = event
            waiting.chars += _chars(event)
        if held is not None:
            waiting.again += 1
            waiting.calls_again += is_call
        elif is_call:
            waiting.calls.add(event.id)
        if len(waiting.events) >= BATCH_EVENTS or waiting.chars >= BATCH_CHARS:
            self.flush()

    def complete(self, mark: ReadMark) -> None:
        """Take the mark of a file whose events were all given."""
        self._waiting.marks.append(mark)

    def flush(self) -> None:
        """Store everything that was given.

        Raises:
            StoreFull, CatalogBusy: What is stored is found again by its ids; no mark was written.
        """
        waiting = self._waiting
        found = self._sort(waiting.events)
        fresh = (*found.new, *found.completed)
        if fresh:
            self._trace_log.append(fresh)
            self._catalog.add_events(fresh)
        self._catalog.add_copies(found.copies)
        self._catalog.add_read_marks(tuple(waiting.marks))
        self._waiting = _Waiting()
        self.stored = _counted(self.stored, waiting, found)

    def _sort(self, events: dict[str, Event]) -> _Sorted:
        known = self._catalog.known_events(tuple(events)) if events else frozenset[str]()
        others = [event for event in events.values() if event.id not in known]
        if not others:
            return _Sorted((), (), ())
        unended = self._catalog.unended_events(tuple(event.id for event in others))
        completed = [event for event in others if event.id in unended and event.ended]
        new, with_result, copies = self._without_copies([event for event in others if event.id not in unended])
        return _Sorted(tuple(new), (*completed, *with_result), tuple(dict.fromkeys(copies)))

    def _without_copies(self, events: list[Event]) -> tuple[list[Event], list[Event], list[tuple[str, str]]]:
        """Part calls that stand in another session already from those that do not.

        Returns:
            New events; calls of other sessions whose result only a copy has, under the names they are stored by; copies
            as (session, event id).
        """
        names = tuple(event.call for event in events if event.call)
        holders = {known.call: known for known in self._catalog.known_calls(names)} if names else {}
        new: list[Event] = []
        with_result: list[Event] = []
        copies: list[tuple[str, str]] = []
        for event in events:
            holder = holders.get(event.call) if event.call else None
            if holder is None or (holder.session == event.session and not holder.ended):
                new.append(event)
                if event.call and (holder is None or event.ended):
                    holders[event.call] = KnownCall(event.call, event.id, event.session, event.ended)
            elif holder.session != event.session:
                copies.append((event.session, holder.event_id))
                if event.ended and not holder.ended:
                    with_result.append(replace(event, id=holder.event_id, session=holder.session))
                    holders[event.call] = replace(holder, ended=True)
        return new, with_result, copies


def _counted(before: Stored, waiting: _Waiting, found: _Sorted) -> Stored:
    calls, new_calls = before.calls, _among(found.new, waiting.calls)
    all_calls = len(waiting.calls) + waiting.calls_again
    return Stored(
        new=before.new + len(found.new),
        duplicate=before.duplicate + len(waiting.events) - len(found.new) + waiting.again,
        calls=replace(
            calls,
            found=calls.found + all_calls + waiting.calls_forgotten,
            new=calls.new + new_calls,
            duplicate=calls.duplicate + all_calls - new_calls,
            forgotten=calls.forgotten + waiting.calls_forgotten,
            completed=calls.completed + len(found.completed),
        ),
    )


def _among(events: Iterable[Event], ids: set[str]) -> int:
    return sum(event.id in ids for event in events)


def _chars(event: Event) -> int:
    """Say how much text an event holds, roughly."""
    count = len(event.prompt)
    if event.shell is not None:
        count += len(event.shell.command) + len(event.shell.stdout) + len(event.shell.stderr) + len(event.shell.error)
    for change in changes_of(event):
        count += len(change.content or "") + len(change.original or "")
    return count
