"""From what was decided to what has arrived: who is to hear it, what waits in the outbox, one actor a receiver."""
