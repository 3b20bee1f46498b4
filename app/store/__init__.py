"""The store: tables, sessions, and one module for each thing that is read or written."""
