"""Checks of a text before the policy: words, names, and matters that need a person's look."""
