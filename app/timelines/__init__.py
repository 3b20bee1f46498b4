"""Timelines: the posts of an account as its network, or an export, tells them."""
