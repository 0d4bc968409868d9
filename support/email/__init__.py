"""Mail out and in: composing, threading, transport; what comes in is in inbound/."""
