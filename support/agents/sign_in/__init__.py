"""Signing in at the desk: accounts, passwords, the second factor, and how failures are slowed down."""
