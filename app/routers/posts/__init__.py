"""Routes about a post beyond its check: who is pictured, and whether its allow is still live."""
