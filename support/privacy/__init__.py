"""What is kept and for how long; showing and erasing one person's data."""
