"""The policy: pure rules over frozen facts.

Knows no framework, no database and no clock. Everything a rule may look at comes in
with the `Question` and the `Facts`; everything it has to say goes out as findings.
It imports the standard library and rapidfuzz only. `make check` keeps it so: an import contract the
framework and the database out, ruff the clock.
"""
