"""Run every attack of the escape suite as root and as an ordinary user, and write the results into docs/security.md.

In     tests/escape; root, who alone can be both users
Out    the table between its markers, with the facts of this machine above it; status 1 when an attack got through
       --check: nothing is run; status 1 when the table does not list the attacks that there are
Never  writes "stopped" for an attack that it did not run
"""

import platform
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT_FOLDER = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT_FOLDER), str(ROOT_FOLDER / "src")]

from tests.escape.attack import ORDINARY, ROOT  # noqa: E402 the folder above is not installed
from tests.escape.catalogue import ATTACKS  # noqa: E402
from tests.escape.security_page import PAGE, described, lines_of, table, with_table  # noqa: E402
from tests.escape.users import CannotRunAs, acting_as  # noqa: E402
from tests.escape.verdict import Outcome  # noqa: E402


def _run_as(user: str) -> list[Outcome]:
    with acting_as(user) as identity:
        return [identity.judge(attack.name) for attack in ATTACKS]


def _machine() -> str:
    bwrap = subprocess.run(["bwrap", "--version"], capture_output=True, text=True, check=True).stdout.split()[-1]  # noqa: S607
    kernel = ".".join(platform.release().split(".")[:2])
    return f"Linux {kernel} on {platform.machine()}, bubblewrap {bwrap}; {len(ATTACKS)} attacks.\n\n"


def _check() -> int:
    listed = {line.of for line in lines_of(PAGE.read_text(encoding="utf-8"))}
    wanted = {described(attack) for attack in ATTACKS}
    for attack, what, _ in sorted(wanted - listed):
        print(f"missing in the table: {attack} {what}")
    for attack, what, _ in sorted(listed - wanted):
        print(f"only in the table: {attack} {what}")
    return int(listed != wanted)


def _write() -> int:
    with ThreadPoolExecutor() as both:
        found = [outcome for outcomes in both.map(_run_as, (ROOT, ORDINARY)) for outcome in outcomes]
    text = _machine() + table(ATTACKS, {(outcome.user, outcome.attack): outcome for outcome in found})
    PAGE.write_text(with_table(PAGE.read_text(encoding="utf-8"), text), encoding="utf-8")
    failed = [outcome for outcome in found if not outcome.holds]
    for outcome in failed:
        print(f"{outcome.attack} as {outcome.user}: {outcome.sandbox}; control: {outcome.control}\n  {outcome.detail}")
    print(f"{len(ATTACKS)} attacks, {len(found)} runs, {len(failed)} that did not hold")
    return int(bool(failed))


def main(words: list[str]) -> int:
    """Check or write; give the exit status."""
    if words == ["--check"]:
        return _check()
    if words:
        print(f"usage: {sys.argv[0]} [--check]", file=sys.stderr)
        return 2
    try:
        return _write()
    except CannotRunAs as reason:
        print(reason, file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
