"""Events on file: what happened, in order, and the addresses that receive them."""
