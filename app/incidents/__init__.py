"""Public incident pages: current incidents and email subscriptions."""
