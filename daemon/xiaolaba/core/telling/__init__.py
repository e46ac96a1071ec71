"""What people are told: why it is silent, what is planned, what an edit changes."""
