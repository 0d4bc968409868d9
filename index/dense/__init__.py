"""Dense retrieval: nearest-neighbour search over vectors."""
