"""`scanner alerts`: one file a command, and what they share."""
