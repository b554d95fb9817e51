"""A market that never was, whose pumps are known: scenes with labels, and the score of what was said about them."""
