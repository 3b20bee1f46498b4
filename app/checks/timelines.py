"""Timelines on record: each post of an account of the register, as a report of it would be."""

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection

from app.checks.clearances import find_account
from app.checks.publications import NamedAnswer, Recorded, record_publication
from app.checks.request_parser import account_asked
from app.database.session import Store
from app.networks.account_names import AccountNameError, resolve_account
from app.networks.post_addresses import make_post_address
from app.policy.facts import Account, Setup
from app.policy.question import AccountRef
from app.store.decisions import index
from app.store.ledger.changes import Actor
from app.store.published.records import NewPublication, ReportedBy
from app.timelines.posts import Timeline, TimelineError, TimelineFault, TimelinePost

# Posts that are recorded in one write.
_TOGETHER = 20
# The index of decisions may be far behind: nobody waits for an answer meanwhile.
_PATIENCE_SECONDS = 600.0
_OTHER = "is of an account that is none of the register, or another than was named"


@dataclass(slots=True)
class TimelineOutcome:
    """The counts of a timeline: new posts, those on record before, by state, and faults.

    `unread` are posts from before the time that was asked for.
    """

    new: int = 0
    known: int = 0
    unread: int = 0
    states: dict[str, int] = field(default_factory=dict)
    faults: list[TimelineFault] = field(default_factory=list)


def record_timeline(
    store: Store,
    setup: Setup,
    timeline: Timeline,
    named: AccountRef | None,
    since: datetime | None,
) -> TimelineOutcome:
    """Record the posts of a timeline from `since` on: of the account `named`, or that it tells.

    A post of any other account is a fault, and the rest is read. Raises `TimelineError` where all
    are: nobody's personal page is read.
    """
    index.catch_up(store, account_asked, _PATIENCE_SECONDS)
    with store.reading() as connection:
        owners = _Owners(connection, store.now(), setup, timeline.platform, named)
        owned = [(post, owners.find(post.account or timeline.account)) for post in timeline.posts]
    mine = [(post, owner) for post, owner in owned if owner is not None]
    if owned and not mine:
        raise TimelineError(_OTHER)
    outcome = TimelineOutcome(faults=list(timeline.faults))
    outcome.faults += [TimelineFault(post.at, _OTHER) for post, owner in owned if owner is None]
    wanted = [one for one in mine if since is None or one[0].published_at >= since]
    outcome.unread = len(mine) - len(wanted)
    source: ReportedBy = "archive" if timeline.archive else "timeline"
    for start in range(0, len(wanted), _TOGETHER):
        with store.writing() as connection:
            actor = Actor("cli", None, store.now())
            for post, owner in wanted[start : start + _TOGETHER]:
                new = _make_publication(owner, post, source)
                done = record_publication(connection, actor, setup, owner, new, NamedAnswer())
                _count_post(outcome, done)
    return outcome


class _Owners:
    """Finds the account of the register that posts are of, each address once.

    An address that tells no account leaves it to the one that was `named`.
    """

    def __init__(
        self,
        connection: Connection,
        now: datetime,
        setup: Setup,
        platform: str | None,
        named: AccountRef | None,
    ) -> None:
        self._connection, self._now, self._setup = connection, now, setup
        self._platform = platform
        self._named = None if named is None else find_account(connection, named, now, setup)
        self._has_name = named is not None
        self._found: dict[str | None, Account | None] = {None: self._named}

    def find(self, address: str | None) -> Account | None:
        """Return the account; None where it is not registered, or another than was named."""
        if address not in self._found:
            self._found[address] = self._read_address(address or "")
        return self._found[address]

    def _read_address(self, address: str) -> Account | None:
        try:
            name = resolve_account(self._platform, None, address)
        except AccountNameError:
            return self._named
        alias = name.alias if name.handle_key is None else None
        ref = AccountRef("", name.platform, name.handle_key, alias)
        told = find_account(self._connection, ref, self._now, self._setup)
        if not self._has_name:
            return told
        says_another = told is not None or name.platform is not None
        return self._named if not says_another or told == self._named else None


def _make_publication(owner: Account, post: TimelinePost, source: ReportedBy) -> NewPublication:
    return NewPublication(
        account_id=owner.id,
        published_at=post.published_at,
        external_id=post.external_id,
        url=_read_post_address(post.url),
        text=post.text,
        source=source,
    )


def _read_post_address(url: str | None) -> str | None:
    try:
        return None if url is None else make_post_address(url)
    except AccountNameError:
        return None  # its id tells it apart, or its text and time


def _count_post(outcome: TimelineOutcome, done: Recorded) -> None:
    outcome.known += done.existed
    outcome.new += not done.existed
    state = done.row["state"]
    outcome.states[state] = outcome.states.get(state, 0) + 1
