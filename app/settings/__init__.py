"""Typed settings: what an operator wrote, read once and checked whole."""
