"""Mail that comes in: read, matched to a ticket, stored; from a mailbox or from a pipe."""
