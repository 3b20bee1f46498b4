"""The watches of a service's recall."""

from app.checks.recall import Recall
from app.checks.revocations import LiveClearances
from app.checks.takedowns import PublishedPosts
from app.database.session import Store
from app.policy.facts import Setup


def open_recall(store: Store, setup: Setup) -> Recall:
    """Return the recall over live clearances and published posts; it has to be started."""
    return Recall(store, (LiveClearances(store, setup), PublishedPosts(store, setup)))
