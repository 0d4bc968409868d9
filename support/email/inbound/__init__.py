"""Incoming mail, from a mailbox (IMAP) or a pipe: parsed, matched to a ticket, stored."""
