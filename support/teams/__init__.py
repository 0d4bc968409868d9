"""Teams: destinations, business hours, and by when they answer."""
