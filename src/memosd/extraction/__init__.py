"""Turning talk into memories, and holding new ones against what is known."""
