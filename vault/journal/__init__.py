"""The usage journal: who used what, when."""
