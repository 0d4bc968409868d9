"""Several processes on one database: keys they share, heartbeats, elections, common limits."""
