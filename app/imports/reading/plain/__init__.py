"""The plain format of `docs/csv.md`."""
