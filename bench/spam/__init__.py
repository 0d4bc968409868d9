"""Five kinds of robots and two hundred honest people write to a real server; how many of each are stopped."""
