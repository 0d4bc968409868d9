"""Reproducible benchmarks. Each module is a command: `python -m bench.relevance --help`."""
