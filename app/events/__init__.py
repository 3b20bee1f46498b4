"""Telling of events: to who waits for them, to addresses, by mail."""
