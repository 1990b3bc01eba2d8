"""What was asked in the hallway and written down by staff, one line each."""
