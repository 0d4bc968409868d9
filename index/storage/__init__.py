"""Index generations on disk: written beside the old one, verified, then swapped in atomically."""
