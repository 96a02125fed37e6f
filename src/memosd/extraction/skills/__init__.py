"""Skills: what a user asks for again and again, and how it is done, drawn from what was done before."""
