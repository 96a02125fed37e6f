"""memosd: the memory server for AI applications."""

__version__ = "0.1.0"
