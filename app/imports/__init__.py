"""One reader per format, one staged shape, one plan, one apply."""
