"""Ids in doubt: an id with another bearer, and a person under another id."""
