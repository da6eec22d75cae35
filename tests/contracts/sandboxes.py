"""The implementations of the Sandbox port, for the suites that hold each to the same promises."""

import os
import sys

import pytest

from skillstrata.adapters import landlock_rules
from skillstrata.adapters.bubblewrap import BubblewrapSandbox
from skillstrata.adapters.landlock_sandbox import LandlockSandbox
from skillstrata.adapters.seatbelt_sandbox import SeatbeltSandbox

_TOO_OLD = landlock_rules.version() < landlock_rules.OLDEST if sys.platform == "linux" else True
# Where a sandbox is required, a kernel without Landlock fails these tests rather than skipping them.
_MAY_SKIP = os.environ.get("REQUIRE_SANDBOX") != "1" or sys.platform != "linux"

needs_landlock = pytest.mark.skipif(_TOO_OLD and _MAY_SKIP, reason="this kernel has no Landlock of version 3")
_needs_macos = pytest.mark.skipif(sys.platform != "darwin", reason="sandbox-exec is a part of macOS: untested here")

# What holds in this tier alone asks for it by name, and says why.
ISOLATED = (pytest.param(BubblewrapSandbox, id="bubblewrap", marks=pytest.mark.sandbox),)
CONTAINED = (
    pytest.param(LandlockSandbox, id="landlock", marks=needs_landlock),
    pytest.param(SeatbeltSandbox, id="seatbelt", marks=_needs_macos),
)
EVERY = (*ISOLATED, *CONTAINED)
