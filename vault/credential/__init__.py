"""One credential: its fields, its plain form, its private keys."""
