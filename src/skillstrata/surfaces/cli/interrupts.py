"""A Ctrl-C that is not lost.

In     work that calls back as it goes on
Out    KeyboardInterrupt where the signal came, or at the next call back
Why    raised in a function that C code calls, it becomes another error, or none, and the work would go on to its end
"""

import signal
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def kept_interrupts() -> Generator[Callable[[], None]]:
    """Remember a Ctrl-C while the block runs; gives what raises it once more if the block still goes on.

    Outside of the main thread, where signals do not arrive, nothing changes.
    """
    pressed = threading.Event()

    def check() -> None:
        if pressed.is_set():
            raise KeyboardInterrupt

    def note(_number: int, _frame: FrameType | None) -> None:
        pressed.set()
        raise KeyboardInterrupt

    if threading.current_thread() is not threading.main_thread():
        yield check
        return
    before = signal.signal(signal.SIGINT, note)
    try:
        yield check
    finally:
        signal.signal(signal.SIGINT, before)
