"""Backups: one archive of everything that cannot be made again; checked, restored, and kept for a while."""
