"""Whom our road is measured against: each reads the same frames in its own way, in a process of its own.

A file is one contender. What it needs is imported by nobody else, and comes with the extra `bench`.
"""
