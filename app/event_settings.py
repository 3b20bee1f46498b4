"""The options of events: how long they are kept, and where they are sent."""

from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated

from pydantic import Field
from pydantic_settings import BaseSettings, NoDecode

from app.setting_values import NETWORKS


class EventSettings(BaseSettings):
    """The part of the settings that is about events."""

    event_days: int = Field(
        30,
        ge=7,
        le=3660,
        description="Days for which events are kept for those who ask for them later.",
    )
    deliver_events: bool = Field(
        True,
        description="Whether `clearpost serve` sends webhooks and mail about events; else "
        "`clearpost events deliver` does.",
    )
    webhook_networks: Annotated[tuple[str, ...], NoDecode, NETWORKS] = Field(
        (),
        description="Networks that are not public and may be sent webhooks all the same, "
        "comma-separated: `10.1.0.0/16`. Plain http takes one of this machine, `127.0.0.0/8`.",
    )
    webhook_authorities: Path | None = Field(
        None,
        description="Who vouches for receivers of webhooks (PEM), beside the public authorities.",
    )
    mail_reviews: bool = Field(
        False,
        description="Whether the offices and content owners for whom reviews wait are told by "
        "mail, and Communications of posts to be taken down; at most every quarter of an hour.",
    )
    link_base: str | None = Field(
        None,
        pattern=r"^https?://[^\x00-\x20\x7f<>\"]+$",
        description="What stands before a decision's id in such mail: the page of your intranet "
        "that shows reviews, `https://intranet.example.org/reviews/`.",
    )

    @property
    def listed_networks(self) -> tuple[IPv4Network | IPv6Network, ...]:
        """Return the networks of `webhook_networks`."""
        return tuple(ip_network(one) for one in self.webhook_networks)
