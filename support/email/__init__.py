"""E-mail: composing, threading, SMTP transport; incoming mail is in inbound/."""
