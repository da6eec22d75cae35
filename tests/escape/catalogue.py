"""Every attack of the suite, in the order of the table of attacks."""

from tests.escape import (
    attacks_devices,
    attacks_exhaustion,
    attacks_files,
    attacks_forms,
    attacks_inherited,
    attacks_kernel,
    attacks_mounts,
    attacks_network,
    attacks_outlasting,
    attacks_privileges,
    attacks_processes,
    attacks_resources,
    attacks_takeover,
    attacks_terminal,
)
from tests.escape.attack import Attack

ROWS = range(1, 51)
ATTACKS: tuple[Attack, ...] = tuple(
    sorted(
        (
            *attacks_devices.ATTACKS,
            *attacks_exhaustion.ATTACKS,
            *attacks_files.ATTACKS,
            *attacks_forms.ATTACKS,
            *attacks_inherited.ATTACKS,
            *attacks_kernel.ATTACKS,
            *attacks_mounts.ATTACKS,
            *attacks_network.ATTACKS,
            *attacks_outlasting.ATTACKS,
            *attacks_privileges.ATTACKS,
            *attacks_processes.ATTACKS,
            *attacks_resources.ATTACKS,
            *attacks_takeover.ATTACKS,
            *attacks_terminal.ATTACKS,
        ),
        key=lambda attack: attack.name,
    )
)


def by_name(name: str) -> Attack:
    """Give one attack.

    Raises:
        KeyError: There is none of this name.
    """
    return {attack.name: attack for attack in ATTACKS}[name]
