"""Decisions, read back from the ledger and found again, and their reviews."""
