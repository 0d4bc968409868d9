"""What people type, and what must be found or said: one table a topic. Nothing here is from a test set of bench/."""
