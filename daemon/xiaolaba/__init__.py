"""小喇叭: anti-fraud rhymes from many small loudspeakers, on schedule and in step."""

__version__ = "0.1.0"
