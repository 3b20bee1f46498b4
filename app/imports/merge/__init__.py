"""The merge: what a staged delivery changes, planned and then applied slice by slice."""
