"""The customer's own page of a ticket, by its secret link."""
