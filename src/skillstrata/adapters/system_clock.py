"""The machine's clock behind the Clock port."""

import time


class SystemClock:
    """Gives the time of this machine."""

    def now_s(self) -> float:
        """Give seconds since the epoch."""
        return time.time()
