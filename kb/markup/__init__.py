"""Markdown to sanitised HTML: articles, and what agents write to one customer."""
