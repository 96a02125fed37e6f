"""From the bytes of a file to a `Document`. What touches them runs in a process of its own that may be killed."""
