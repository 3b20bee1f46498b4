"""The staging area: the rows of one delivery, checked there before the merge."""
