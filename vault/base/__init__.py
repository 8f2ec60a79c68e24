"""Ground: names, texts, records, canonical JSON and digests. Imports nothing of ours but errors."""
