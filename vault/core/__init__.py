"""The vault itself: bytes on disk, header and sealed payload, plain data. No terminal, no exchange."""
