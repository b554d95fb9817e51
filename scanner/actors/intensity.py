"""OTP's restart intensity: how many restarts in how long are normal life, and when it is something else."""

from __future__ import annotations

from collections import deque


class Intensity:
    """More than `limit` restarts within `period_s` is too much."""

    def __init__(self, limit: int = 5, period_s: float = 60.0) -> None:
        self._limit = limit
        self._period_s = period_s
        self._times: deque[float] = deque()

    def exceeded_by(self, now: float) -> bool:
        """Count a restart at `now`; True when it is one too many."""
        self._times.append(now)
        while self._times[0] <= now - self._period_s:
            self._times.popleft()
        return len(self._times) > self._limit

    @property
    def recent(self) -> int:
        """Restarts within the period, as of the last one."""
        return len(self._times)

    def forget(self) -> None:
        """Start counting anew, as after a quarantine."""
        self._times.clear()
