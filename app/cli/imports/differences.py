"""`clearpost import differences`: where the student information system and we do not agree."""

from app.cli.context import current_store, load_settings
from app.cli.terminal import hint, print_rows
from app.store.consents.list_differences import find_differences

_TITLES = ("sourced_id", "school", "source", "the system says", "since", "here")
_HERE = {"yes": "refused by somebody else", "no": "no paper of the family"}


def differences() -> None:
    """Active students of whom the system's consent columns say yes where we refuse, or no unheard.

    A yes there needs the family's word, or the office's, here; a no there the family's paper.
    """
    settings = load_settings()
    with current_store(settings) as store, store.reading() as connection:
        found = list(find_differences(connection, store.now(), settings.zone))
    shown = [
        (one.person_id, one.school or "-", one.source, one.says, str(one.since), _HERE[one.says])
        for one in found
    ]
    print_rows(_TITLES, shown)
    if not found:
        hint("The system and we say the same of everybody.")
