"""The rules, one file per family: each a small pure function from a case to findings."""
