"""A person at a real terminal, for verbs that ask.

typist = Typist(data_dir, folder, "review")
typist.reads("[q]uit"); typist.presses("q"); assert typist.ends() == 0
"""

import os
import pty
import select
import subprocess
import sys
import termios
import time
from pathlib import Path


class Typist:
    """A person at a real terminal who presses one key and reads what comes."""

    def __init__(self, data_dir: Path, cwd: Path, *words: str) -> None:
        self._main, shown_to = pty.openpty()
        environ = {"HOME": str(cwd), "PATH": os.environ["PATH"], "SKILLSTRATA_DATA_DIR": str(data_dir), "TERM": "xterm"}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "skillstrata", *words],
            cwd=cwd,
            env=environ,
            stdin=shown_to,
            stdout=shown_to,
            stderr=shown_to,
            start_new_session=True,
        )
        os.close(shown_to)
        self.text = ""

    def reads(self, wanted: str, within_s: float = 30.0) -> str:
        """Read until something is shown; gives all that came before it and it."""
        until_s = time.monotonic() + within_s
        while wanted not in self.text:
            ready, _, _ = select.select([self._main], [], [], max(0.0, until_s - time.monotonic()))
            assert ready, f"{wanted!r} did not come: {self.text!r}"
            try:
                came = os.read(self._main, 65536)
            except OSError:
                came = b""
            assert came, f"{wanted!r} did not come: {self.text!r}"
            self.text += came.decode("utf-8", "replace")
        before, found, self.text = self.text.partition(wanted)
        return before + found

    def presses(self, key: str) -> None:
        """Press one key, without return, when the program waits for one: what was typed before is thrown away."""
        while termios.tcgetattr(self._main)[3] & termios.ICANON:
            assert self.process.poll() is None
            select.select([], [], [], 0.02)
        os.write(self._main, key.encode())

    def ends(self) -> int:
        """Wait for the end of the program."""
        code = self.process.wait(timeout=30)
        os.close(self._main)
        return code
