"""Several help centres in one installation, each an application of its own on a database of its own.

`registry.py` knows them, `containers.py` opens and closes them, `dispatch.py` sends a request to the right one, and
`rounds.py` does for all of them what background threads do for one. None of them ever looks into what a brand stores.
"""
