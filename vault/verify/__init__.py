"""Asking an exchange about a key: the only code that uses the network, one file an exchange."""
