"""The service's own records: keys, origins, imports, and repeated requests."""
