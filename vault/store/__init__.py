"""One file and what stands beside it; what this machine has seen."""
