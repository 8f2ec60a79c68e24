"""What a launched program is given."""
