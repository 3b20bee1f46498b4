"""Clearances on file: what was cleared, what it rests on, and how it ended."""
