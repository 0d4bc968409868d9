"""Incidents: what is broken, who wants to hear of it, and what they are told."""
