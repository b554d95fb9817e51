"""Detectors: events in, signals out. No clock, no socket, no file; state per exchange and instrument, O(1) an event."""
