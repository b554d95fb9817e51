"""Bithumb (spot)."""
