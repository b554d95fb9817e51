"""The wire dialect of each simulated venue, seen from the venue's side."""
