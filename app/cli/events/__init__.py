"""`clearpost events …`: who is told of events, and telling them."""
