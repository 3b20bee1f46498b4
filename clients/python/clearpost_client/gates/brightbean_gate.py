"""The gate in front of BrightBean Studio: the one key there that may schedule is its own."""

import json
import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import httpx

from clearpost_client.bodies import Json, Post
from clearpost_client.client import AsyncClearpost
from clearpost_client.failures import CouldNotAsk, NotCleared
from clearpost_client.gates.accounts import GateRules, make_publication
from clearpost_client.gates.brightbean import Asset, BrightBeanBody
from clearpost_client.gates.downloads import MediaSource
from clearpost_client.gates.memory import Cleared, GatedPost, GateMemory
from clearpost_client.gates.postiz_gate import tell_time
from clearpost_client.gates.reading import refuse

PREFIX = "/api/v1"
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII | re.IGNORECASE)
_NOT_SCHEDULED = 409
_SENT = "sent "
_KEYS = uuid.UUID("8a9b0c54-5a53-4c55-8d0f-2f1d2f0c6a11")
_SHOWN = ("title", "caption", "first_comment", "scheduled_at")


@dataclass(frozen=True)
class BrightBeanApi:
    """One workspace of a Studio: `base` is in front of `/api/v1`, `key` begins with bb_studio_."""

    http: httpx.AsyncClient
    base: str
    key: str

    async def send(self, method: str, path: str, body: Json | None = None) -> httpx.Response:
        """Send a request; raises `CouldNotAsk` where no answer came."""
        try:
            return await self.http.request(
                method, f"{self.base}{PREFIX}{path}", json=body, follow_redirects=False,
                headers={"Authorization": f"Bearer {self.key}"},
            )  # fmt: skip
        except httpx.HTTPError as error:
            raise CouldNotAsk(
                f"The Studio could not be reached ({type(error).__name__})."
            ) from None

    async def send_well(self, method: str, path: str, body: Json | None = None) -> Json:
        """Send a request that must succeed, and return what was answered."""
        answer = await self.send(method, path, body)
        if not answer.is_success:
            raise CouldNotAsk(f"The Studio answered {answer.status_code}.")
        try:
            said = answer.json()
        except ValueError:
            said = None
        if not isinstance(said, dict):
            raise CouldNotAsk("The Studio answered what is not JSON.")
        return said

    async def cancel(self, post_id: str) -> None:
        """Turn a scheduled post back into a draft; the publisher looks before it sends."""
        answer = await self.send("POST", f"/posts/{_take_id(post_id, '/id')}/cancel")
        if not answer.is_success and answer.status_code != _NOT_SCHEDULED:
            raise CouldNotAsk(f"The Studio answered {answer.status_code}.")


def _take_id(given: Any, where: str) -> str:
    if not isinstance(given, str) or not _ID.fullmatch(given):
        refuse(where, "must be an id")
    return given


@dataclass(frozen=True)
class BrightBeanGate:
    """The gate of one workspace."""

    clearpost: AsyncClearpost
    memory: GateMemory
    media: MediaSource
    rules: GateRules
    api: BrightBeanApi

    async def schedule(self, body: BrightBeanBody) -> str:
        """Clear a post, and schedule it; return its id. What is not cleared is not sent."""
        assets = {ident: await self._fetch_asset(ident) for ident in body.media}
        cleared = [
            await self._ask(one) for one in body.list_checks(self.rules, assets, tell_time())
        ]
        sent = {**body.passed_on, "idempotency_key": make_idempotency_key(body, assets)}
        async with self.memory.passing():
            said = await self._send(sent, tuple(cleared))
        post_id = str(said["id"])
        try:
            if not _is_as_sent(said, body):
                raise NotCleared("The Studio shows another post than it was sent.")
            await self._confirm(cleared)
        except BaseException:
            await self.api.cancel(post_id)
            raise
        return post_id

    async def _send(self, sent: Json, cleared: tuple[Cleared, ...]) -> Json:
        """Have the Studio schedule a post, and return it as it shows it.

        The Studio lists no posts. So a post whose answer is lost is remembered by what was sent.
        """
        under_way = GatedPost(f"{_SENT}{sent['idempotency_key']}", True, sent, {}, cleared)
        self.memory.keep(under_way)
        answer = await self.api.send("POST", "/posts/", sent)
        if answer.is_client_error:
            self.memory.forget([under_way.post_id])
        post_id = _read_made(answer)
        # What is sent twice under one key is answered as it was the first time: look.
        said = {**await self.api.send_well("GET", f"/posts/{post_id}"), "id": post_id}
        self.memory.keep(GatedPost(post_id, True, sent, _describe_shown(said), cleared))
        self.memory.forget([under_way.post_id])
        return said

    async def _fetch_asset(self, ident: str) -> Asset:
        said = await self.api.send_well("GET", f"/media/{_take_id(ident, '/media_asset_ids')}")
        texts = [said.get(name) for name in ("url", "mime_type", "alt_text")]
        if not all(isinstance(one, str) for one in texts):
            raise CouldNotAsk("The Studio describes no file.")
        url, mime_type, alt_text = (str(one) for one in texts)
        digest = await self.media.hash_medium(self.media.find_address(url))
        return Asset(digest, mime_type, alt_text)

    async def _ask(self, post: Post) -> Cleared:
        decision = await self.clearpost.gate(post)
        if decision.clearance is None:
            raise CouldNotAsk("The answer lacks the clearance that was asked for.")
        return Cleared(decision.clearance.id, post)

    async def _confirm(self, cleared: Sequence[Cleared]) -> None:
        for one in cleared:
            publication = make_publication(one.post, tell_time())
            await self.clearpost.gate_clearance(one.clearance_id, publication)

    async def sweep(self) -> dict[str, str]:
        """Cancel what was let through and is no longer cleared; return why, by the posts' ids.

        A cancelled post is a draft that whoever made it can mend, so a doubt is enough.
        """
        cancelled: dict[str, str] = {}
        async with self.memory.passing():
            for lost in [one for one in self.memory.list_scheduled() if _is_under_way(one)]:
                post_id = _read_made(await self.api.send("POST", "/posts/", lost.body))
                await self.api.cancel(post_id)
                self.memory.forget([lost.post_id])
                cancelled[post_id] = "It was not known what became of it."
        for known in self.memory.list_scheduled():
            if _is_under_way(known):
                continue
            said = await self.api.send("GET", f"/posts/{known.post_id}")
            if said.status_code == httpx.codes.NOT_FOUND:
                self.memory.forget([known.post_id])
                continue
            why = await self._judge_post(known, said)
            if why is not None:
                await self.api.cancel(known.post_id)
                self.memory.keep(replace(known, scheduled=False))
                cancelled[known.post_id] = why
        return cancelled

    async def _judge_post(self, known: GatedPost, answer: httpx.Response) -> str | None:
        """Return why a post must not go out, or None; forget one that is out or a draft."""
        try:
            said = answer.json()
        except ValueError:
            said = {}
        if not answer.is_success or not isinstance(said, dict):
            return "The Studio does not show it."
        if said.get("status") in {"published", "draft"}:
            self.memory.keep(replace(known, scheduled=False))
            return None
        if _describe_shown(said) != known.seen:
            return "It has been changed since it was cleared."
        try:
            await self._confirm(known.cleared)
        except (NotCleared, CouldNotAsk) as error:
            return str(error)
        return None


def make_idempotency_key(body: BrightBeanBody, assets: Mapping[str, Asset]) -> str:
    """Return the key of what is sent: one of the caller's stands for this very post only.

    Under a key the Studio answers with its first post, whatever is sent; so the key is made of all
    that was cleared. Another text, time or picture is another post.
    """
    if not body.passed_on.get("idempotency_key"):
        return str(uuid.uuid4())
    files = [assets[ident].sha256 for ident in body.media]
    return str(uuid.uuid5(_KEYS, json.dumps([body.passed_on, files], sort_keys=True)))


def _is_under_way(post: GatedPost) -> bool:
    return post.post_id.startswith(_SENT)


def _read_made(answer: httpx.Response) -> str:
    """Return the id of the post that the Studio has made."""
    try:
        said = answer.json() if answer.is_success else {}
    except ValueError:
        said = {}
    if not isinstance(said, dict) or "id" not in said:
        raise CouldNotAsk(f"The Studio answered {answer.status_code}.")
    return _take_id(said["id"], "/id")


def _describe_shown(said: Json) -> Json:
    """Return what must be as it was when the post was cleared; its files are not shown."""
    posts = said.get("platform_posts")
    channels = [one.get("social_account_id") for one in posts] if isinstance(posts, list) else None
    return {**{name: said.get(name) for name in _SHOWN}, "channels": channels}


def _is_as_sent(said: Json, body: BrightBeanBody) -> bool:
    sent = body.passed_on
    return (
        all(said.get(name) == sent.get(name, "") for name in ("title", "caption", "first_comment"))
        and _describe_shown(said)["channels"] == [body.channel]
        and said.get("status") == "scheduled"
    )
