"""Questions and the facts that answer them."""
