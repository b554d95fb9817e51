"""A crypto market scanner: one worker process per exchange, one engine that decides, alerts that arrive."""

__version__ = "0.1.0"
