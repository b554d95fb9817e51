"""Settings: read, checked, explained."""
