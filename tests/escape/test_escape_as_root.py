"""Is every attack stopped when the sandbox is started by root, and was there something to stop?"""

import pytest

from tests.escape.attack import Attack
from tests.escape.catalogue import ATTACKS
from tests.escape.users import Identity
from tests.escape.verdict import STOPPED

pytestmark = pytest.mark.sandbox


@pytest.mark.parametrize("attack", ATTACKS, ids=[attack.name for attack in ATTACKS])
def test_the_attack_is_stopped_and_its_control_is_not(as_root: Identity, attack: Attack) -> None:
    """An attack counts as stopped only for the reason it must be stopped by, and if it succeeds without the walls."""
    outcome = as_root.judge(attack.name)

    assert outcome.sandbox == STOPPED, outcome.detail
    assert outcome.holds, f"{outcome.control}: {outcome.detail}"
