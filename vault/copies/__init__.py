"""Copies of a vault: found, made, put back."""
