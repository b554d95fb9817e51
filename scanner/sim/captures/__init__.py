"""What the lines of a raw capture mean, venue by venue."""
