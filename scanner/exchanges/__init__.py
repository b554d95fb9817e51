"""Venues as descriptions and conversations: values in, values out. Nothing here awaits, prints or knows the time."""
