"""What the programs need from the world; adapters provide it, fakes stand in for it."""
