"""What stands in a store's own files, byte by byte, whatever the database says of it."""

from pathlib import Path

from sqlalchemy import text

from app.database.session import Store


def raw_files(store: Store) -> bytes:
    """All bytes of its files, in lower case: SQLite's with WAL and -shm, PostgreSQL's `base`."""
    if store.is_sqlite:
        path = Path(store.url.database or "")
        found = sorted(path.parent.glob(f"{path.name}*"))
        assert path in found
        return b"\0".join(one.read_bytes() for one in found).lower()
    with store.connecting() as connection:
        connection.execute(text("CHECKPOINT"))
        folder = connection.scalar(
            text("SELECT 'base/' || oid FROM pg_database WHERE datname = current_database()")
        )
        files = connection.scalars(text("SELECT pg_ls_dir(:folder)"), {"folder": folder}).all()
        read = text("SELECT pg_read_binary_file(:path, 0, 1000000000, true)")
        parts = [connection.scalar(read, {"path": f"{folder}/{name}"}) for name in files]
    return b"\0".join(bytes(part) for part in parts if part).lower()


def traces(store: Store, *words: str) -> list[str]:
    """Which of `words` stand in the store's files, in any case."""
    there = raw_files(store)
    return [word for word in words if word.lower().encode() in there]
