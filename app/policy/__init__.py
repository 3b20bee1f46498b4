"""The policy: pure rules over frozen facts.

Knows no framework, no database and no clock. Everything a rule may look at comes in
with the `Question` and the `Facts`; everything it has to say goes out as findings.
Standard library only (a test keeps it so).
"""
