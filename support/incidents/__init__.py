"""Incidents: announcements of outages, their updates and subscribers."""
