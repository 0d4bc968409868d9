"""What readers told back: votes, comments and events of pages."""
