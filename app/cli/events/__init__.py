"""`clearpost events …`: the addresses that receive events, and their delivery."""
