"""Numbers anyone can repeat. Each module is a command: `python -m bench.relevance --help`."""
