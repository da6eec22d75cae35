"""Write the system-call filters that ship, from the readable list in seccomp_filter.py; `make filters` runs it."""

import sys
from pathlib import Path

from skillstrata.adapters.filter_files import FOLDER, MACHINES, file_name
from skillstrata.adapters.seccomp_filter import filter_program

PLACE = Path(__file__).parents[1] / "src" / "skillstrata" / "adapters" / FOLDER


def main() -> int:
    """Write every file."""
    PLACE.mkdir(exist_ok=True)
    for machine in MACHINES:
        for network in (False, True):
            path = PLACE / file_name(machine, network=network)
            path.write_bytes(filter_program(machine, network=network))
            sys.stdout.write(f"{path.name}: {path.stat().st_size // 8} instructions\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
