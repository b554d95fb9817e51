"""How batches travel between processes: the bus port and its carriers."""
