"""The networks and their losses: architecture only, nothing is read or written here."""
