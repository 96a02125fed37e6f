"""What memosd needs from outside, as small Protocols in the words of those who need it."""
