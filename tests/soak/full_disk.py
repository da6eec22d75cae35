"""A daemon whose disk fills up and gets room again: `python -m tests.soak.full_disk FOLDER`, a small disk of its own.

In     an empty folder on a disk of a few MB
Out    what happened, as one JSON object on standard output
"""

import json
import sys
from pathlib import Path

from tests.daemons import Daemon, kept, payload, wait_for

_CHUNK = 64 * 1024


def _fill(folder: Path) -> Path:
    """Leave no room at all."""
    ballast = folder / "ballast"
    with ballast.open("wb", buffering=0) as file:
        for size in (_CHUNK, 4096, 1):
            try:
                while True:
                    file.write(b"x" * size)
            except OSError:
                continue
    return ballast


def main() -> None:
    """Run it."""
    folder = Path(sys.argv[1])
    with Daemon(folder / "data", "--idle-s", "86400", "--disk-min-free-mb", "0") as daemon:
        daemon.wait_until_ready()
        for number in range(10):
            daemon.hand_over(payload(number))
        daemon.wait_for_empty_spool()
        # Events that the daemon has not seen when the disk fills up.
        outside = folder / "data" / "spool" / "tmp"
        for number in range(10, 20):
            (outside / f"{number}").write_bytes(payload(number))
        ballast = _fill(folder)
        for number in range(10, 20):
            (outside / f"{number}").rename(outside.parent / "new" / f"{number}")
        for number in range(20, 30):
            daemon.hand_over(payload(number))
        state = daemon.app.daemon_post
        wait_for(lambda: daemon.waiting() == 0 or "cannot write" in daemon.messages(), "a refusal")
        lives = daemon.process is not None and daemon.process.poll() is None
        lost = daemon.app.spool.lost()
        ballast.unlink()
        daemon.hand_over(payload(30))
        daemon.wait_for_empty_spool()
        same = state.state()
        report = {"lives": lives, "lost": lost, "same": same is not None and same.pid == daemon.pid}
    found = kept(folder / "data", ["s"])
    calls = {"calls": sorted(found.calls), "most": max(found.calls.values()), "balanced": found.balanced}
    print(json.dumps(report | calls | {"rests": found.rests}))  # noqa: T201


if __name__ == "__main__":
    main()
