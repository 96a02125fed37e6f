"""What an agent did with its tools, as memories: which tools there are, what was tried, and what came of it."""
