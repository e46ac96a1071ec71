"""The program that compiles, signs, publishes and keeps the books."""
