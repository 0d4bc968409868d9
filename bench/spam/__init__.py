"""Spam filter benchmark: five kinds of bots and two hundred legitimate senders against a real server."""
