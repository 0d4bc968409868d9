"""Knowledge base content: Markdown articles in Git become a published set of articles and passages.

Independent of Flask and of search. `index` reads what this package publishes.
"""
