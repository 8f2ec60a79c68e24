"""The page that shows a key: which value is which."""
