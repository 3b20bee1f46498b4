"""The ledger: the append-only, hash-chained record of decisions and changes."""
