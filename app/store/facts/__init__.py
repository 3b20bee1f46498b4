"""Facts: what a batch of checks needs, in one read."""
