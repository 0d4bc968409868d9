"""The roles of one program. A process has one or more; by default, as in `make run`, all of them."""

WEB, WORKER, PUBLISHER = "web", "worker", "publisher"
ROLES = (WEB, WORKER, PUBLISHER)
