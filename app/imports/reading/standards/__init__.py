"""The rostering standards, OneRoster and School Data Sync, read into the staged tables."""
