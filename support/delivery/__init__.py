"""From the outbox to the outside: worker, circuit breaker, log, adapters for helpdesks."""
