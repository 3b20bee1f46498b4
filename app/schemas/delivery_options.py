"""The options of a delivery, as every door takes them: form, command, drop folder and pull."""

from typing import Any

from pydantic import BaseModel, ConfigDict

FEED_NAME = "[a-z0-9][a-z0-9_-]{0,39}"
FEED_WORDS = "up to 40 of the letters a to z, digits, _ and -"


class DeliveryOptions(BaseModel):
    """The word of a sender about a delivery; with its files it decides what is planned.

    `complete`: its people and guardians are all there are, with any format. `complete_consents`: so
    is its list of consents, which is then dated. `accept_empty_consents`: such a list without rows
    is meant. `feed`: the name of its feed, within which missing people are judged.
    """

    model_config = ConfigDict(frozen=True)

    complete: bool = False
    complete_consents: bool = False
    accept_empty_consents: bool = False
    feed: str | None = None

    def list_options(self) -> dict[str, Any]:
        """Return the options by name, those of a type that extends this one left out."""
        return {name: getattr(self, name) for name in DeliveryOptions.model_fields}

    def list_decisive(self) -> dict[str, Any]:
        """Return what a digest of the delivery is made of; a feed only where it has a name."""
        return {name: said for name, said in self.list_options().items() if said is not None}
