"""Pages, styles and scripts of our own for a browser."""
