"""Doubts: rows about a child that could not be read, until something settles them."""
