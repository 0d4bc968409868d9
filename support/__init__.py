"""The support domain: contact form, tickets, their delivery to the team, and the customer's status page."""
