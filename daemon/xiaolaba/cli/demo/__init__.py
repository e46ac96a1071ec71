"""The demonstration that `xiaolaba run` gives."""
