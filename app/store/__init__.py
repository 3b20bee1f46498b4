"""The store: one room for each subject that is read and written."""
