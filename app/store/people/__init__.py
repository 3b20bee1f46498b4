"""People, their classes and orgs, and the index of their names."""
