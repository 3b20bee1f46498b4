"""The life of a post on the wire: declarations of who is pictured, and clearances."""
