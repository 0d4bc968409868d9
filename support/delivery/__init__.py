"""Delivery of the outbox: worker, circuit breaker, delivery log, adapters for helpdesks."""
