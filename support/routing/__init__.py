"""Routing: which team a ticket goes to."""
