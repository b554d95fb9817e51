"""When this process began: imported first of all, so that `--duration` counts what people count."""

from time import monotonic

STARTED = monotonic()
"""Seconds on the monotonic clock."""
