"""What every surface shares: errors, security, languages, limits, reading of requests."""
