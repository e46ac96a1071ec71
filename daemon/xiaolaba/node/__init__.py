"""The program that plays and reports."""
