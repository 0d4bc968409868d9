"""The processes: from a fresh clone to a running service, its worker and watcher."""
