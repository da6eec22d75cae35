"""The filters that ship are the ones the readable list makes."""

import pytest

from skillstrata.adapters import seccomp_filter
from skillstrata.adapters.filter_files import MACHINES, shipped_filter


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize("network", [False, True])
def test_a_file_is_what_the_list_makes(machine: str, *, network: bool) -> None:
    """A rule that is in the list and not in the file would be reviewed and not hold (`make filters`)."""
    assert shipped_filter(machine, network=network) == seccomp_filter.filter_program(machine, network=network)


def test_every_machine_of_the_list_has_its_files_and_another_has_none() -> None:
    """No filter means no run; a default one would deny the wrong calls."""
    assert set(MACHINES) == set(seccomp_filter.MACHINES)
    with pytest.raises(KeyError):
        shipped_filter("riscv64")
