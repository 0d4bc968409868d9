"""Authentication at the desk: accounts, passwords, second factor, throttling."""
