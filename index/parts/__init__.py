"""The data structures of an index generation: term statistics, passages, windows, surface forms, language means."""
