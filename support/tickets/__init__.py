"""Tickets: their data, rules, conversation and journey."""
