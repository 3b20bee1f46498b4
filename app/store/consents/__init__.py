"""Statements of consent, their dates, and the states they add up to."""
