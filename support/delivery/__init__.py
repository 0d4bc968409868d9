"""Delivery: the outbox, circuit breakers, the delivery log, a team's destinations, adapters for helpdesks."""
