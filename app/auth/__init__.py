"""Who asks: API keys and widget tokens, and how refused ones are slowed."""
