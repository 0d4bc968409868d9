"""Several help centres in one installation."""
