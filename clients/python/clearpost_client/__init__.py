"""A client of Clearpost: may this post be published? Less than a plain yes raises.

with Clearpost("https://clearpost.example.org", key) as clearpost:
    decision = clearpost.gate(post)
"""

from clearpost_client.answers import (
    Clearance,
    Decision,
    Declared,
    Event,
    EventPage,
    Finding,
    PublishedPost,
    Verified,
)
from clearpost_client.bodies import (
    Account,
    DeclarationBody,
    Medium,
    Person,
    Pictured,
    Post,
    Publication,
    PublishedBody,
)
from clearpost_client.client import AsyncClearpost, Clearpost
from clearpost_client.exchange import Limits
from clearpost_client.failures import (
    CouldNotAsk,
    GateError,
    NotCleared,
    NotVerified,
    RequestRefused,
)
from clearpost_client.webhooks import verify_webhook

__all__ = [
    "Account",
    "AsyncClearpost",
    "Clearance",
    "Clearpost",
    "CouldNotAsk",
    "Decision",
    "DeclarationBody",
    "Declared",
    "Event",
    "EventPage",
    "Finding",
    "GateError",
    "Limits",
    "Medium",
    "NotCleared",
    "NotVerified",
    "Person",
    "Pictured",
    "Post",
    "Publication",
    "PublishedBody",
    "PublishedPost",
    "RequestRefused",
    "Verified",
    "verify_webhook",
]
