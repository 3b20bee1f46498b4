"""Events: asked for, and sent to those who registered an address."""
