"""Wire models of the Authorization API (AuthZEN)."""
