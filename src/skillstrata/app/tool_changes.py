"""Changes of skills and tools, told once each: what a change makes necessary is compiled before anybody hears of it.

In     changes of watched skills; what other processes compiled; servers that offer other tools; proven library tools
Out    one change to each subscriber, after the tools stand
Never  lets a skill that does not compile keep a change of another one from being told
"""

import logging
import threading
from collections.abc import Callable
from contextlib import suppress

from skillstrata.app.use_cases.serving_skills import ServedSkills
from skillstrata.app.use_cases.serving_tools import ServedTools
from skillstrata.records.composed_tools import ComposedTool
from skillstrata.records.qualities import ListedTool
from skillstrata.records.skill_changes import SkillChange

_END_S = 10.0
# The list that began the watch is answered first: what is compiled then would take its time.
_ANSWER_FIRST_S = 0.3
_logger = logging.getLogger("skillstrata.tools")
Tell = Callable[[SkillChange], None]
_Listed = tuple[tuple[ComposedTool, ...], tuple[ListedTool, ...]]


class ToolChanges:
    """Stands between the watched skills and whoever is told of changes."""

    def __init__(self, skills: ServedSkills, tools: ServedTools, *, compiles: bool, interval_s: float) -> None:
        """Watch nothing yet. With `compiles`, skills that declare a tool are compiled at start and on change."""
        self._skills = skills
        self._tools = tools
        self._compiles = compiles
        self._interval_s = interval_s
        self._subscribers: list[Tell] = []
        self._lock = threading.Lock()
        self._came = threading.Event()
        self._compiled = threading.Event()
        self._waiting: list[SkillChange] = []
        self._thread: threading.Thread | None = None
        self._stop = threading.Event()
        self._end_skills: Callable[[], None] | None = None
        self._told: _Listed | None = None

    def subscribe(self, tell: Tell) -> Callable[[], None]:
        """Tell every change from now on, from another thread; gives what ends that."""
        self._subscribers.append(tell)

        def end() -> None:
            with suppress(ValueError):
                self._subscribers.remove(tell)

        return end

    def leave(self, client: str) -> None:
        """Forget a client."""
        self._skills.leave(client)

    def watch(self) -> None:
        """Keep skills and tools up to date from now on; asking twice changes nothing."""
        self._skills.watch()
        with self._lock:
            if self._thread is not None:
                return
            self._stop = stop = threading.Event()
            self._end_skills = self._skills.subscribe(self._hear)
            self._thread = threading.Thread(target=self._run, args=(stop,), name="tools", daemon=True)
            self._thread.start()

    def compiled(self, within_s: float) -> None:
        """Wait until the skills were compiled once since the watch began; it begins with that at once."""
        if self._compiled.is_set():
            return
        self._came.set()
        self._compiled.wait(within_s)

    def close(self) -> None:
        """End the watch."""
        with self._lock:
            thread, self._thread = self._thread, None
            self._stop.set()
            self._came.set()
            if self._end_skills is not None:
                self._end_skills()
        self._skills.close()
        self._tools.tools.close()
        if thread is not None:
            thread.join(_END_S)

    def now(self) -> None:
        """Tell at once that tools changed: somebody compiled or removed one."""
        self._told = self._listed()
        self._tell(SkillChange(self._tools.tools.tree.holder.generation, self._tools.app.clock.now_s()))

    def look_at_list(self) -> None:
        """Tell at once where a call changed which tools of the library are listed."""
        if self._told is not None and self._told != self._listed():
            self.now()

    def _listed(self) -> _Listed:
        return self._tools.composed, self._tools.of_library()

    def _hear(self, change: SkillChange) -> None:
        with self._lock:
            self._waiting.append(change)
        self._came.set()

    def _run(self, stop: threading.Event) -> None:
        self._told = self._listed()
        self._came.wait(_ANSWER_FIRST_S)
        if not stop.is_set():
            self._compile()
        self._compiled.set()
        while not stop.is_set():
            self._look()
            self._came.wait(self._interval_s)
            with self._lock:
                changes, self._waiting = self._waiting, []
                self._came.clear()
            if stop.is_set():
                return
            if changes:
                self._compile()
                self._told = self._listed()
                self._tell(_together(changes))

    def _compile(self) -> None:
        if not self._compiles:
            return
        try:
            self._tools.compile_changed()
        except Exception:
            # Whatever is wrong with a file or a server costs the tools of now nothing.
            _logger.exception("compiling skills")

    def _look(self) -> None:
        """Tell where another process compiled, or a tool that is used is not what it was."""
        try:
            self._tools.look()
            listed = self._listed()
        except Exception:
            _logger.exception("looking at tools")
            return
        if listed != self._told:
            self.now()

    def _tell(self, change: SkillChange) -> None:
        for tell in list(self._subscribers):
            with suppress(Exception):
                tell(change)


def _together(changes: list[SkillChange]) -> SkillChange:
    last = changes[-1]
    return SkillChange(
        last.generation,
        last.at_s,
        added=_every([change.added for change in changes]),
        changed=_every([change.changed for change in changes]),
        removed=_every([change.removed for change in changes]),
        quarantined=_every([change.quarantined for change in changes]),
        rolled_back=_every([change.rolled_back for change in changes]),
    )


def _every(ids: list[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one for some in ids for one in some))
