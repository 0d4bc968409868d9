"""Typed settings: loaded once, validated as a whole."""
