"""How property tests run: few examples, the same ones each time, and no limit of time for one."""

from hypothesis import settings

BOUNDED = settings(max_examples=60, deadline=None, derandomize=True)
