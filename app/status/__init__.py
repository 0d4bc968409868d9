"""The customer's status page of a ticket, opened by a secret link (capability URL)."""
