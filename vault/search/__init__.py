"""Find a value in any writing of it."""
