"""Processes: bootstrap, setup, server, worker threads, article watcher and preview."""
