"""Typed ids: OneRoster's `userIds`, a list of `{type:id}` parted by commas."""

import re

from app.imports.reading.cell_values import CellError, Read

USER_IDS = "userIds"
_PAIR = re.compile(r"\{([^{}:]*):([^{}]*)\}")


def split_typed(column: str) -> tuple[str, str]:
    """Part `userIds:SIS` into the column and the type of id; another column has no type.

    >>> split_typed("userIds:SIS"), split_typed("username")
    (('userIds', 'SIS'), ('username', ''))
    """
    name, _, kind = column.partition(":")
    return (name, kind.strip()) if name.casefold() == USER_IDS.casefold() else (column, "")


def make_typed_id_reader(kind: str) -> Read:
    """Return a reader of the one id of this type, in any case; of any type where `kind` is empty.

    A cell that has none of the type is empty. Raises `CellError` where a cell has several.
    """

    def read_cell(cell: str) -> str | None:
        pairs = {(type_.strip().casefold(), ident.strip()) for type_, ident in _PAIR.findall(cell)}
        found = {ident for type_, ident in pairs if ident and kind.casefold() in ("", type_)}
        if len(found) > 1:
            reason = "holds several ids: the profile must name the type of one, as userIds:SIS"
            raise CellError(reason)
        return next(iter(found), None)

    return read_cell
