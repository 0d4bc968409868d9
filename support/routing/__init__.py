"""Routing: the team of a ticket, its business hours and response targets."""
