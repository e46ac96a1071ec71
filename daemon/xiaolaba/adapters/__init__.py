"""The world: one third-party library, or one family of them, a module."""
