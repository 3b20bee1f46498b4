"""The delivered rows of one staged table, as a plan has them."""

from dataclasses import dataclass
from typing import Literal

# How complete the delivered rows of a table are: all there are, all of each class that appears
# in them, or only changes.
Extent = Literal["complete", "classes", "delta"]


@dataclass(frozen=True, slots=True)
class Delivered:
    """The delivered rows of one staged table: files, rows, completeness, missing columns.

    `absent` names the columns that were not delivered: they leave what is on file as it is,
    whereas an empty cell clears it. `sha256` are those of the files.
    """

    files: tuple[str, ...]
    sha256: tuple[str, ...]
    rows: int
    extent: Extent
    absent: tuple[str, ...]
