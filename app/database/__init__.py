"""The database: sessions, the driver, and the tables, the same on SQLite and PostgreSQL."""
