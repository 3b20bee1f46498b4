"""Designations, grants and releases, each with its effective dates."""
