"""The gate between a caller and Postiz: it clears, passes on, and looks again."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import httpx

from clearpost_client.bodies import Json, Post
from clearpost_client.client import AsyncClearpost
from clearpost_client.failures import CouldNotAsk, GateError, NotCleared
from clearpost_client.gates.accounts import GateRules, make_publication
from clearpost_client.gates.downloads import MediaSource
from clearpost_client.gates.memory import Cleared, GatedPost, GateMemory
from clearpost_client.gates.postiz import PostizBody, PostizPost, read_post_body
from clearpost_client.gates.postiz_api import PostizApi, read_made
from clearpost_client.gates.reading import refuse

_log = logging.getLogger("clearpost.gate")
_SECOND_TRY = 1.0
Made = Sequence[tuple[str, str]]


def tell_time() -> datetime:
    """Return the present time."""
    return datetime.now(UTC)


@dataclass
class PostizGate:
    """The gate of one Postiz.

    `swept` is the key of the organization whose posts a sweep looks at before each repeat.
    """

    clearpost: AsyncClearpost
    memory: GateMemory
    media: MediaSource
    rules: GateRules
    swept: str | None = None

    async def clear(self, body: PostizBody, api: PostizApi) -> list[list[Cleared]]:
        """Return the clearances of each of a body's posts. Raises `NotCleared` or `CouldNotAsk`."""
        if body.days and api.authorization != self.swept:
            refuse("/inter", "is for a gate that sweeps: each time has to be checked when it comes")
        if any(self.memory.find(one) for post in body.posts for one in post.comments):
            refuse("/posts", "makes a comment of a post that has a time of its own")
        digests = await self.media.hash_all(body.paths)
        checks = body.list_checks(self.rules, digests, tell_time())
        return [[await self.ask(post) for post in posts] for posts in checks]

    async def ask(self, post: Post) -> Cleared:
        """Ask the check; return the clearance of an allow."""
        decision = await self.clearpost.gate(post)
        if decision.clearance is None:
            raise CouldNotAsk("The answer lacks the clearance that was asked for.")
        return Cleared(decision.clearance.id, post)

    async def pass_on(self, body: PostizBody, api: PostizApi) -> httpx.Response:
        """Clear a body, send it to Postiz, and return what that answered.

        What is not cleared is not sent. What was recalled in between is deleted again.
        """
        cleared = await self.clear(body, api) if body.publishes else [[] for _ in body.posts]
        async with self.memory.passing():
            answer = await api.send("POST", "/posts", body.passed_on)
            if not answer.is_success:
                return answer
            made = read_made(answer)
            async with deleting_on_failure(api, made):
                await self._remember(body, made, cleared, api)
        if body.kind != "draft":
            async with deleting_on_failure(api, made):
                await self.confirm([one for posts in cleared for one in posts])
        return answer

    async def _remember(
        self, body: PostizBody, made: Made, cleared: list[list[Cleared]], api: PostizApi
    ) -> None:
        if [channel for _, channel in made] != [one.integration for one in body.posts]:
            raise CouldNotAsk("Postiz has made other posts than it was sent.")
        at = tell_time() if body.kind == "now" else body.date
        for (post_id, _), post, allowed in zip(made, body.posts, cleared, strict=True):
            shown = await api.find_post(post_id, at)
            if shown is None:
                raise CouldNotAsk("Postiz does not show what it has made.")
            scheduled, sent = body.kind != "draft", _take_one(body, post)
            self.memory.keep(GatedPost(post_id, scheduled, sent, shown.fingerprint, tuple(allowed)))

    async def confirm(self, cleared: Sequence[Cleared]) -> None:
        """Return only if every clearance is live by now: a revocation may have come in between."""
        for one in cleared:
            publication = make_publication(one.post, tell_time())
            await self.clearpost.gate_clearance(one.clearance_id, publication)

    async def release_draft(self, post_id: str, api: PostizApi) -> httpx.Response:
        """Clear a draft that came through this gate and is as it was, and schedule it.

        Return what Postiz answered.
        """
        draft = self.memory.find(post_id)
        if draft is None:
            raise NotCleared(
                "This draft did not come through the gate. Send it anew, to be scheduled."
            )
        body = _read_again(draft.body, "schedule")
        await self._require_unchanged(draft, body, api)
        (cleared,) = await self.clear(body, api)
        async with self.memory.passing():
            await self._require_unchanged(draft, body, api)
            async with deleting_on_failure(api, [(post_id, "")]):
                answer = await api.send("PUT", f"/posts/{post_id}/status", {"status": "schedule"})
                if answer.is_client_error:
                    return answer  # nothing has changed
                if not answer.is_success:
                    raise CouldNotAsk(f"Postiz answered {answer.status_code}.")
                self.memory.keep(replace(draft, scheduled=True, cleared=tuple(cleared)))
        async with deleting_on_failure(api, [(post_id, "")]):
            await self.confirm(cleared)
        return answer

    async def _require_unchanged(self, draft: GatedPost, body: PostizBody, api: PostizApi) -> None:
        shown = await api.find_post(draft.post_id, body.date)
        if shown is None or shown.fingerprint != draft.seen:
            raise NotCleared("The draft has been changed since. Send it anew, to be scheduled.")

    async def schedule(self, body: PostizBody, api: PostizApi) -> list[str]:
        """Make drafts of a body's posts, clear them all, then schedule them; return their ids.

        What is not cleared stays a draft, which whoever made it can mend.
        """
        draft = _read_again(body.passed_on, "draft")
        answer = await self.pass_on(draft, api)
        if not answer.is_success:
            raise CouldNotAsk(f"Postiz answered {answer.status_code}.")
        made = [post_id for post_id, _ in read_made(answer)]
        await self.clear(draft, api)
        for post_id in made:
            if not (await self.release_draft(post_id, api)).is_success:
                raise CouldNotAsk("Postiz has not scheduled a draft.")
        return made


@asynccontextmanager
async def deleting_on_failure(api: PostizApi, made: Made) -> AsyncIterator[None]:
    """Delete what Postiz has made if the block fails; nothing stays that is not accounted for.

    What cannot be deleted is told: without a sweep nobody else comes to it.
    """
    try:
        yield
    except BaseException as error:
        left = [post_id for post_id, _ in made if not await _try_delete(api, post_id)]
        if left and isinstance(error, GateError):
            raise CouldNotAsk(
                f"It could not be deleted again, and may go out: delete {', '.join(left)} in"
                f" Postiz. {error}"
            ) from error
        raise


async def _try_delete(api: PostizApi, post_id: str) -> bool:
    """Delete a post, with a second try; return whether it is gone."""
    for pause in (_SECOND_TRY, 0.0):
        try:
            await api.delete(post_id)
        except GateError:
            await asyncio.sleep(pause)
        else:
            return True
    _log.error("%s is not cleared, and could not be deleted", post_id)
    return False


def _read_again(passed_on: Json, kind: str) -> PostizBody:
    """Read a body that was passed on as one of another type."""
    return read_post_body(json.dumps({**passed_on, "type": kind}).encode())


def _take_one(body: PostizBody, post: PostizPost) -> Json:
    """Return the body of one of several posts, without the ids of what it has replaced."""
    values = post.passed_on["value"]
    alone = {
        **{name: one for name, one in post.passed_on.items() if name != "group"},
        "value": [{name: one for name, one in value.items() if name != "id"} for value in values],
    }
    return {**body.passed_on, "posts": [alone]}
