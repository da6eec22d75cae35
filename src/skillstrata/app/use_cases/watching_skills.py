"""Keep the skills of a user up to date, and tell every change."""

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import ClassVar

from skillstrata.app.runtime_session import RuntimeSession, SkillQuery, open_skills
from skillstrata.app.wiring import App
from skillstrata.records.errors import Retry, StrataError
from skillstrata.records.skill_changes import Quarantined, SkillChange

_SHOWN = 80


class OrderUnknown(StrataError):
    """A line that was written to a watch and is no order."""

    code: ClassVar[str] = "runtime.order_unknown"
    retry: ClassVar[Retry] = Retry.CHANGED
    exit_code: ClassVar[int] = 2


@dataclass(frozen=True, slots=True)
class WatchEvent:
    """One line of `skills watch`: a change, or why one was not made. `skills` is how many there are now."""

    change: SkillChange | None
    skills: int
    quarantined: tuple[Quarantined, ...] = ()
    error: StrataError | None = None


def watch(
    app: App,
    query: SkillQuery,
    tell: Callable[[WatchEvent], None],
    should_stop: Callable[[], bool],
    *,
    orders: Iterable[str] = (),
) -> None:
    """Tell every change until somebody asks to stop; the first event is the state at the start.

    Args:
        app: The product.
        query: Which places to look at.
        tell: Hears of each change, from any thread.
        should_stop: Asked several times a second.
        orders: Lines such as `rollback NAME`, read beside the watch.
    """
    session = open_skills(app, query, stays=True)
    session.live.subscribe(lambda change: tell(_event(session, change)))
    registry = session.registry
    ids = tuple(skill.id for skill in registry.skills)
    tell(_event(session, SkillChange(registry.generation, app.clock.now_s(), added=ids)))
    # It ends with the process: a line that never comes must not keep it alive.
    threading.Thread(target=_heed, args=(session, orders, tell), name="orders", daemon=True).start()
    session.watch(should_stop, refused=lambda error: tell(WatchEvent(None, len(session.registry.skills), error=error)))


def _heed(session: RuntimeSession, orders: Iterable[str], tell: Callable[[WatchEvent], None]) -> None:
    for order in orders:
        words = order.strip()
        if not words:
            continue
        verb, _, name = words.partition(" ")
        try:
            if verb != "rollback" or not name.strip():
                raise _unknown(words)
            session.live.rollback(name.strip())
        except StrataError as error:
            tell(WatchEvent(None, len(session.registry.skills), error=error))


def _unknown(words: str) -> OrderUnknown:
    return OrderUnknown(f"no order is {words[:_SHOWN]!r}", hint="write `rollback NAME`")


def _event(session: RuntimeSession, change: SkillChange) -> WatchEvent:
    return WatchEvent(change, len(session.registry.skills), session.live.quarantined)
