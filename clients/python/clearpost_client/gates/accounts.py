"""The account of a scheduler's channel, and as whom and for what the gate asks."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from clearpost_client.bodies import Account, Medium, Person, Post, Publication, Purpose


@dataclass(frozen=True)
class GateRules:
    """Everything that a scheduler's body does not say.

    A channel is the account with the alias {`system`, its id}, or as `accounts` names it. Without
    `author` it is the person whom the key acts for.
    """

    system: str
    purpose: Purpose = "school"
    author: Person | None = None
    accounts: Mapping[str, Account] = field(default_factory=dict)

    def find_account(self, channel: str) -> Account:
        """Return the account of a channel; one that is not in the register is denied there."""
        return self.accounts.get(channel) or {"system": self.system, "external_id": channel}

    def make_post(self, channel: str, text: str, media: list[Medium], publish_at: str) -> Post:
        """Return the question whether this may go out on a channel, with a clearance."""
        post: Post = {
            "account": self.find_account(channel),
            "purpose": self.purpose,
            "text": text,
            "media": media,
            "publish_at": publish_at,
            "clearance": True,
        }
        if self.author is not None:
            post["author"] = self.author
        return post


def make_publication(post: Post, now: datetime) -> Publication:
    """Return what is verified of a post: that it may go out at its time, or now if that is past."""
    media = post.get("media", [])
    publication: Publication = {
        "account": post["account"],
        "text": post.get("text", ""),
        "media": [one["sha256"] for one in media if "sha256" in one],
        "alt_texts": [one["alt_text"] for one in media if "alt_text" in one],
    }
    if "publish_at" in post and datetime.fromisoformat(post["publish_at"]) > now:
        publication["at"] = post["publish_at"]
    return publication
