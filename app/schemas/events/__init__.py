"""Events and their addresses on the wire."""
