"""Telling robots from people without a third party: a challenge, limits, and points that hold back but never delete."""
