"""Sinks: where an alert ends. A sink judges one attempt; waiting and trying again is delivery's business."""
