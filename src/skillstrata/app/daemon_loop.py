"""The background process: drains the spool within a second, and distils while nobody is there.

    wait for the spool --events--> drain --quiet for a while--> one batch in a process of its own --events--> end it

In     the App, who asks it to stop
Out    an empty spool, judged candidates, a state that others can read
Never  distils while events come; goes by a clock that somebody can set; looks again and again when nothing happens
Why    a batch is another process, so that it can be ended at any moment, stands back alone, and gives its memory back
"""

import logging
import math
from collections.abc import Callable
from dataclasses import dataclass, replace

from skillstrata.app.daemon_words import words_of
from skillstrata.app.draining import drain
from skillstrata.app.library_looks import is_due
from skillstrata.app.wiring import App
from skillstrata.ports.daemon_post import DaemonState
from skillstrata.ports.file_watch import FileWatch
from skillstrata.ports.processes import Worker
from skillstrata.records.errors import StrataError

BUSY_LOAD = 0.7
YIELD_S = 0.4
# A system may forget to tell that a file came; a look at an empty folder costs nothing.
FORGOTTEN_S = 60.0
# Work may also come from another process (an import): one look at the catalog in so many seconds.
LOOK_S = 600.0
TEND_S = 3600.0
RETRY_S = 30.0
MOST_RETRY_S = 3600.0
NOTHING = 3
_log = logging.getLogger("skillstrata.daemon")


@dataclass(frozen=True, slots=True)
class Stay:
    """How long to stay: until `should_stop`; with `linger_s`, also not longer than that without anything to do."""

    should_stop: Callable[[], bool]
    linger_s: float = 0.0


class Loop:
    """One background process, between the moment it got the post and its end."""

    def __init__(self, app: App, watch: FileWatch, stay: Stay, *, pid: int) -> None:
        """Begin as if an event had just come."""
        self._app = app
        self._watch = watch
        self._stay = stay
        self._state = DaemonState(pid, app.clock.now_s())
        self._worker: Worker | None = None
        self._has_work = True
        self._faults = 0
        self._quiet_since = self._looked_at = app.machine.steady_s()
        self._not_before = 0.0
        self._tended_at = -math.inf
        self._stopped = False

    def run(self) -> None:
        """Work until it is asked to stop, or has nothing to do for long."""
        self._note()
        try:
            self._take_in()
            while not self._is_over():
                self._distil_when_quiet()
                came = self._waited()
                self._hear()
                if not self._stopped and (came or self._now() >= self._not_before):
                    self._take_in()
                self._gather()
        finally:
            self._end_batch()

    def _waited(self) -> bool:
        try:
            return self._watch.wait(self._until_next(), self._is_interrupted)
        except FileNotFoundError as error:
            # The spool is being taken away: nobody can hand anything over any more. Who makes it again starts another.
            _log.warning("a watched folder is gone: %s", error)
            self._stopped = True
            return False

    def _is_over(self) -> bool:
        if self._stopped or self._stay.should_stop() or not self._app.daemon_post.is_ours():
            return True
        idle_s = self._now() - self._quiet_since
        return bool(self._stay.linger_s) and not self._may_work() and idle_s >= self._stay.linger_s

    def _is_interrupted(self) -> bool:
        if self._stay.should_stop() or not self._app.daemon_post.is_ours():
            return True
        return self._worker is not None and self._worker.exit_code() is not None

    def _hear(self) -> None:
        asked = self._app.daemon_post.asked()
        self._stopped = self._stopped or "stop" in asked or self._stay.should_stop()
        if "pause" in asked:
            self._quiet_since = self._now()
        if asked or self._stopped:
            self._end_batch()

    def _take_in(self) -> None:
        """Drain the spool; a batch at work is asked to end first, and ends while the events are read."""
        waiting = self._app.spool.waiting()
        if not waiting:
            return
        self._quiet_since = self._now()
        if self._worker is not None:
            self._worker.ask_to_end()
        try:
            report = drain(self._app)
        except StrataError as error:
            self._failed(str(error))
        except Exception as error:  # noqa: BLE001
            # A fault with one event must not end the process that all others wait for; they stay in the spool.
            _log.exception("draining the spool")
            self._failed(f"{type(error).__name__}: {error}")
        else:
            self._has_work = self._has_work or bool(report.new)
            self._faults = 0
            self._note(fault="", drained=self._state.drained + report.new + report.duplicate)
        self._end_batch()

    def _distil_when_quiet(self) -> None:
        if self._worker is not None or not self._may_work() or self._wait_for_quiet() > 0:
            return
        if not self._app.is_work_open() and not self._is_look_due():
            self._has_work = False
            return
        self._worker = self._app.processes.start((*words_of(self._app.settings), "daemon", "batch"))
        self._note(doing="distilling")

    def _is_look_due(self) -> bool:
        """Say whether the library itself should be looked at; what a look leaves over waits an hour."""
        now_s = self._now()
        if now_s - self._tended_at < TEND_S or not is_due(self._app):
            return False
        self._tended_at = now_s
        return True

    def _gather(self) -> None:
        """Take the end of a batch that ended by itself."""
        code = self._worker.exit_code() if self._worker is not None else None
        if code is None:
            return
        self._worker = None
        if code in (0, NOTHING):
            self._faults = 0
            self._has_work = code == 0
            self._note(doing="waiting", fault="")
        else:
            self._failed(f"a batch ended with {code}; the log says more")
            self._note(doing="waiting")
        self._app.processes.trim_log()

    def _end_batch(self) -> None:
        if self._worker is not None:
            self._worker.end(YIELD_S)
            # It was ended from here: what it was at is not what it died of.
            self._app.attempts.end(settled=False)
            self._worker = None
            self._note(doing="waiting")

    def _failed(self, why: str) -> None:
        _log.warning("%s", why)
        self._not_before = self._now() + min(RETRY_S * 2**self._faults, MOST_RETRY_S)
        self._faults = min(self._faults + 1, 10)
        self._note(fault=why)

    def _may_work(self) -> bool:
        now_s = self._now()
        if now_s - self._looked_at >= LOOK_S:
            self._looked_at = now_s
            self._has_work = True
        return self._has_work and now_s >= self._not_before

    def _wait_for_quiet(self) -> float:
        """Give the seconds until a batch may start, as far as that is known now."""
        quiet_s = self._quiet_since + self._app.settings.idle_s - self._now()
        # Who asks for no quiet at all gets none.
        if quiet_s <= 0 < self._app.settings.idle_s and self._app.machine.load_per_core() >= BUSY_LOAD:
            return RETRY_S
        return quiet_s

    def _until_next(self) -> float:
        """Give how long there is nothing to do unless something happens."""
        now_s = self._now()
        moments = [self._looked_at + LOOK_S, now_s + FORGOTTEN_S]
        if self._stay.linger_s:
            moments.append(self._quiet_since + self._stay.linger_s)
        if self._worker is None and self._has_work:
            moments.append(max(self._not_before, now_s + self._wait_for_quiet()))
        if self._not_before > now_s:
            moments.append(self._not_before)
        return max(0.01, min(moments) - now_s)

    def _now(self) -> float:
        return self._app.machine.steady_s()

    def _note(self, *, doing: str | None = None, fault: str | None = None, drained: int | None = None) -> None:
        state = self._state
        self._state = replace(
            state,
            doing=state.doing if doing is None else doing,
            fault=state.fault if fault is None else fault,
            drained=state.drained if drained is None else drained,
        )
        try:
            self._app.daemon_post.note(self._state)
        except (StrataError, FileNotFoundError) as error:
            # A full disk keeps nobody from draining what is there; a folder that is gone ends the process in order.
            _log.warning("%s", error)
