"""The system-call filters as they ship: one file for each machine, and one more for runs with a network grant.

In     the machine's name as `platform.machine()` gives it
Out    the BPF program of that file
Never  makes a filter at run time: what was reviewed and tested is what is loaded
Why    seccomp_filter.py is the readable list they are made from; `make filters` writes them, a test compares
"""

from importlib import resources

MACHINES = ("x86_64", "aarch64")
FOLDER = "filters"


def file_name(machine: str, *, network: bool) -> str:
    """Name the file of a machine's filter."""
    return f"{machine}{'-network' if network else ''}.bpf"


def shipped_filter(machine: str, *, network: bool = False) -> bytes:
    """Give the filter for a machine.

    Raises:
        KeyError: There is none for this machine; nothing may be run then.
    """
    if machine not in MACHINES:
        raise KeyError(machine)
    place = resources.files("skillstrata.adapters").joinpath(FOLDER, file_name(machine, network=network))
    return place.read_bytes()
