"""Domain of the desk: accounts, permissions, queue, canned replies, article drafts, audit log."""
