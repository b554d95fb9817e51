"""What the scanner says about itself: metrics, health, logs."""
