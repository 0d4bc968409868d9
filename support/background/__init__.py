"""What runs in the background: the delivery worker and periodic maintenance."""
