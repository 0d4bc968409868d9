"""Shared infrastructure: database, log events, files, languages, outgoing HTTP. Imports no other package of ours."""
