"""Public pages about incidents: what is broken, and when it works again."""
