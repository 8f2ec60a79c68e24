"""What every face calls: an action takes an unlocked vault, returns plain data, prints and asks nothing."""
