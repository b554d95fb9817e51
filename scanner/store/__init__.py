"""State that survives the process: a folder with a lock, and in it one SQLite database."""
