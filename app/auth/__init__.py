"""The caller of a request: API keys and widget tokens, and the slowing of refused ones."""
