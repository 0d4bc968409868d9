"""What every other package may use: database, log events, files, languages, HTTP out. Imports nothing of ours."""
