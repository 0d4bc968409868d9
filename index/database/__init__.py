"""Search in PostgreSQL: what a generation's files hold, as tables that every node reads."""
