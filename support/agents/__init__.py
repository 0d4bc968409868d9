"""The desk's domain: accounts, rights, queue, canned replies, drafts, audit log."""
