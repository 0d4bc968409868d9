"""Intake: forms, validation, identity, and submissions from form, widget and API."""
