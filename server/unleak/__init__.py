"""unleak finds hard-coded secrets while people write code, and moves them out of the code."""

__version__ = "0.1.0"
