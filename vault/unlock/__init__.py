"""What opens a vault: passwords, recovery keys, and what a guess costs."""
