"""The program that turns text into clips, in batches."""
