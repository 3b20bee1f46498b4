"""Erasure and retention: contents are deleted, the chain of the ledger still verifies."""
