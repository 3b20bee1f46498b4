"""The part of Postiz's public API that the gate itself uses."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import httpx

from clearpost_client.bodies import Json
from clearpost_client.failures import CouldNotAsk, NotCleared
from clearpost_client.gates.reading import read_time, write_time

PREFIX = "/public/v1"
# Nothing goes out in these states, unless it is repeated.
_AT_REST = frozenset({"PUBLISHED", "ERROR"})


@dataclass(frozen=True)
class ShownPost:
    """A post as `GET /posts` shows it: the first of its thread, without media and comments."""

    post_id: str
    state: str
    publishes_at: str
    days: int | None
    raw: Json

    @property
    def is_pending(self) -> bool:
        """Tell whether it will go out; a repeated one does, also when it has been published."""
        return self.state != "DRAFT" and (self.state not in _AT_REST or self.days is not None)

    @property
    def fingerprint(self) -> Json:
        """Return what must be as it was when it was cleared."""
        said = self.raw
        return {
            "content": said.get("content"),
            "settings": said.get("settings"),
            "integration": said["integration"].get("id"),
            "publishes_at": self.publishes_at,
            "days": self.days,
        }


@dataclass(frozen=True)
class PostizListing:
    """The posts of a time, by their ids; `unreadable` are shown in a form the gate cannot read.

    Of those there are the ids alone, an empty text where not even that is readable.
    """

    posts: Mapping[str, ShownPost]
    unreadable: tuple[str, ...]


@dataclass(frozen=True)
class PostizApi:
    """One organization of a Postiz: `base` is in front of `/public/v1`."""

    http: httpx.AsyncClient
    base: str
    authorization: str

    async def send(
        self, method: str, path: str, body: Json | None = None, **more: Any
    ) -> httpx.Response:
        """Send a request; raises `CouldNotAsk` where no answer came."""
        try:
            return await self.http.request(
                method, f"{self.base}{PREFIX}{path}", json=body, follow_redirects=False,
                headers={"Authorization": self.authorization}, **more,
            )  # fmt: skip
        except httpx.HTTPError as error:
            raise CouldNotAsk(f"Postiz could not be reached ({type(error).__name__}).") from None

    async def send_well(self, method: str, path: str, body: Json | None = None, **more: Any) -> Any:
        """Send a request that must succeed, and return what was answered."""
        answer = await self.send(method, path, body, **more)
        if not answer.is_success:
            raise CouldNotAsk(f"Postiz answered {answer.status_code}.")
        try:
            return answer.json()
        except ValueError:
            raise CouldNotAsk("Postiz answered what is not JSON.") from None

    async def delete(self, post_id: str) -> None:
        """Delete a post with its thread; a sleeping workflow looks for that before it publishes."""
        await self.send_well("DELETE", f"/posts/{post_id}")

    async def list_posts(self, begins: datetime, ends: datetime) -> PostizListing:
        """Return the posts of a time, and all that are repeated. One unreadable hides no other."""
        params = {"startDate": write_time(begins), "endDate": write_time(ends)}
        said = await self.send_well("GET", "/posts", params=params)
        listed = said.get("posts") if isinstance(said, dict) else None
        if not isinstance(listed, list):
            raise CouldNotAsk("Postiz lists no posts.")
        read = [(one, _read_shown(one)) for one in listed]
        return PostizListing(
            posts={post.post_id: post for _, post in read if post is not None},
            unreadable=tuple(_read_id(one) for one, post in read if post is None),
        )

    async def find_post(self, post_id: str, at: datetime) -> ShownPost | None:
        """Return a post that is to go out about this time."""
        day = timedelta(days=1)
        return (await self.list_posts(at - day, at + day)).posts.get(post_id)


def _read_shown(said: Any) -> ShownPost | None:
    """Return a post of a listing, or None for one that is not as described."""
    try:
        days = said.get("intervalInDays")
        post = ShownPost(
            post_id=said["id"],
            state=said["state"],
            # Of a repeated post every time is listed, each with the first one.
            publishes_at=said.get("actualDate") or said["publishDate"],
            days=days or None,
            raw=said,
        )
        read_time(post.publishes_at, "/publishDate")
        readable = isinstance(post.post_id, str) and isinstance(said["integration"], dict)
    except (AttributeError, KeyError, TypeError, NotCleared):
        return None
    return post if readable and isinstance(post.days, int | None) else None


def _read_id(said: Any) -> str:
    found = said.get("id") if isinstance(said, dict) else None
    return found if isinstance(found, str) else ""


def read_made(answer: httpx.Response) -> list[tuple[str, str]]:
    """Return the ids of the posts that Postiz has made, each with its channel, in their order."""
    try:
        return [(str(one["postId"]), str(one["integration"])) for one in answer.json()]
    except (ValueError, KeyError, TypeError):
        raise CouldNotAsk("Postiz does not say what it has made.") from None
