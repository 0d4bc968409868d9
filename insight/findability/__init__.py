"""Findability: whether customers find an article by its questions, and what a publish changed in that."""
