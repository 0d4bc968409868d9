"""The contact form: from a question nothing answered to a ticket."""
