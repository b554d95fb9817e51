"""The simulated exchanges: each venue's real dialect on loopback, from a scripted market or a recording."""
