"""Privacy: data retention, and export and erasure of one person's data."""
