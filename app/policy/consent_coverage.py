"""Cells: what a statement covers and a use needs, each an activity x channel x extent.

A set of cells is one whole number, a bit a cell, so that "covers", "touches" and "lies inside" are
single operations.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cache
from typing import NamedTuple, get_args

from app.policy.facts import Consent
from app.policy.words import Activity, Channel, ConsentDecision, Extent

# Activity, channel and extent.
Named = tuple[Activity, Channel, Extent]

CHANNELS: tuple[Channel, ...] = tuple(c for c in get_args(Channel) if c != "all")
# What `all` stands for. The directory is said by its name: to refuse it bars all publishing.
ALL: tuple[Channel, ...] = tuple(c for c in CHANNELS if c != "directory")
ACTIVITIES: tuple[Activity, ...] = get_args(Activity)
EXTENTS: tuple[Extent, ...] = get_args(Extent)


@cache
def combine_cells(
    activities: tuple[Activity, ...], channels: tuple[Channel, ...], extents: tuple[Extent, ...]
) -> int:
    """Return the set of all combinations of the three; `all` is every channel but the directory."""
    result = 0
    wanted = [c for channel in channels for c in (ALL if channel == "all" else (channel,))]
    for activity in activities:
        for channel in wanted:
            row = ACTIVITIES.index(activity) * len(CHANNELS) + CHANNELS.index(channel)
            for extent in extents:
                result |= 1 << (row * len(EXTENTS) + EXTENTS.index(extent))
    return result


def _list_covered(decision: ConsentDecision, extent: Extent) -> tuple[Extent, ...]:
    """Return what an extent covers: a granted name includes the image, a refused image the name."""
    wide: Extent = "image_with_name" if decision == "grant" else "image"
    return EXTENTS if extent == wide else (extent,)


_SCOPES: dict[tuple[ConsentDecision, Activity, Channel, Extent], int] = {
    (decision, activity, channel, extent): combine_cells(
        (activity,), (channel,), _list_covered(decision, extent)
    )
    for decision in get_args(ConsentDecision)
    for activity in ACTIVITIES
    for channel in get_args(Channel)
    for extent in EXTENTS
}


def find_cells(statement: Consent) -> int:
    """Return the cells a statement covers."""
    return _SCOPES[(statement.decision, statement.activity, statement.channel, statement.extent)]


def lies_inside(refusal: Named, grants: Iterable[Named]) -> bool:
    """Return whether grants of these scopes together take back all that this refusal bars."""
    granted = 0
    for one in grants:
        granted |= _SCOPES["grant", *one]
    return not _SCOPES["refuse", *refusal] & ~granted


@cache
def barring_cells(activity: Activity, channel: Channel, extent: Extent, *, video: bool) -> int:
    """Return the cells in which a refusal bars the use that is asked about.

    Refusing capture refuses publishing; a refusal that names the directory covers all publishing;
    a video refusal covers every video on every channel.
    """
    activities = ACTIVITIES if activity == "publish" else (activity,)
    channels: tuple[Channel, ...] = (channel, "directory")
    if video:
        channels = (*channels, "video")
    return combine_cells(activities, channels, _list_covered("grant", extent))


class CellGroup(NamedTuple):
    """Cells that can be named together: every combination of the three."""

    activity: Activity
    channels: tuple[Channel, ...]
    extents: tuple[Extent, ...]


def group_cells(covered: int) -> Iterator[CellGroup]:
    """Yield a set of cells in few words; every channel but the directory is `all`."""
    for activity in ACTIVITIES:
        alike: dict[tuple[Extent, ...], list[Channel]] = defaultdict(list)
        for channel in CHANNELS:
            extents = tuple(
                e for e in EXTENTS if covered & combine_cells((activity,), (channel,), (e,))
            )
            alike[extents].append(channel)
        for extents, channels in alike.items():
            if extents:
                yield CellGroup(activity, _shorten_channels(tuple(channels)), extents)


def _shorten_channels(channels: tuple[Channel, ...]) -> tuple[Channel, ...]:
    return ("all", *channels[len(ALL) :]) if channels[: len(ALL)] == ALL else channels
