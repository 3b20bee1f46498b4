"""The undo of an import: planned, held, and applied like a delivery."""
