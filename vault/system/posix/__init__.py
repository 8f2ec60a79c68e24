"""Linux, macOS and the BSDs."""
