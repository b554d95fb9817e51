"""What `scanner bench` runs: measures that anyone can repeat, and what they are compared with."""
