"""Imports: deliveries are read, staged, planned, then held or merged into the store."""
