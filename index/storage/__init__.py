"""A generation of the index on disk: written beside the old, verified, then swapped in."""
