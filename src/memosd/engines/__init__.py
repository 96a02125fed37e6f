"""The databases that memosd runs on. They do not know each other."""
