"""Names of files as others chose them, made fit to be logged, shown and kept."""

# Endings of files that are read as text.
TEXTS = (".csv", ".txt", ".text", ".tsv", ".tab")
# Bytes of a name, so that a time and a report's ending fit before and behind it (255 in all).
_LONGEST, _LONGEST_KIND = 180, 16


def clean_name(name: str) -> str:
    r"""Return a file's name as printable text of at most 180 bytes, its ending kept.

    A line break would begin another line of a log, and a byte that is no text stops whoever writes
    it down.

    >>> clean_name("roster\n2026.zip")
    'roster_2026.zip'
    """
    plain = "".join(letter if letter.isprintable() else "_" for letter in name)
    stem, dot, kind = plain.rpartition(".")
    kind = f"{dot}{kind}" if stem and len(kind.encode()) < _LONGEST_KIND else ""
    start = plain.removesuffix(kind).encode()[: _LONGEST - len(kind.encode())]
    return start.decode(errors="ignore") + kind
