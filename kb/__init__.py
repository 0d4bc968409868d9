"""Content: Markdown articles in Git become a published set of articles and passages.

Knows nothing of Flask or of search. `index` reads what this package publishes.
"""
