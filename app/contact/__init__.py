"""The contact form: from an unanswered question to a ticket."""
