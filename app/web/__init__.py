"""Shared by all web packages: errors, security headers, CSRF, languages, rate limiting, request parsing."""
