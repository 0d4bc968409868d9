"""The unresolved: the contact form, tickets, their delivery to people, and the customer's status page."""
