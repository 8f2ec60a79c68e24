"""Care for credentials once they are stored: when they end, what is wrong, what a leak would mean."""
