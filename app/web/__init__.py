"""What a browser gets: pages, styles and scripts of our own."""
