"""Upbit (spot), its Korean site and its regional ones."""
