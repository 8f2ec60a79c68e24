"""The present moment, and how far a clock is believed; seconds since the Unix epoch, UTC."""

from __future__ import annotations

import time

from ..errors import HostError

MAX_TIME = 253402300799  # 9999-12-31T23:59:59Z, the last second that RFC 3339 can write
SKEW = 600  # seconds that the clocks of two machines may differ; what is later than that is not believed


def present() -> int:
    """Return the time; raises HostError if this machine's clock has an impossible one."""
    try:
        now = int(time.time())
    except OverflowError:  # Python counts nanoseconds in 64 bits, which end in 2262
        now = -1
    if 0 <= now <= MAX_TIME:
        return now
    raise HostError(
        "this machine's clock shows an impossible time", hint="set it by the network, and try again"
    )
