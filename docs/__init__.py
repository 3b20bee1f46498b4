"""Writes the API's reference for people: `make docs`."""
