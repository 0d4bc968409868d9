"""Topics: what customers asked in vain, grouped by meaning over all languages."""
