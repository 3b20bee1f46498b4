"""The sweep: all that is scheduled in Postiz without a live clearance is deleted.

The truth is a comparison of what Postiz shows with what the gate remembers and the service says. So
it also comes to what was scheduled past the gate, and to what a gate that died has left behind.
"""

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from clearpost_client.answers import Verified
from clearpost_client.bodies import PublishedBody
from clearpost_client.failures import CouldNotAsk, GateError, NotCleared, RequestRefused
from clearpost_client.gates.accounts import make_publication
from clearpost_client.gates.memory import Cleared, GatedPost
from clearpost_client.gates.postiz_api import PostizApi, ShownPost
from clearpost_client.gates.postiz_gate import PostizGate, tell_time
from clearpost_client.gates.reading import read_time, write_time

_BACK, _AHEAD = timedelta(days=3), timedelta(days=800)
_REVOKED, _SUSPENDED = "revoked", "suspended"
_UNREADABLE = "Postiz shows it in a form that the gate cannot read. Look at it in Postiz."


@dataclass
class Swept:
    """A sweep's findings by the ids of posts, each with a sentence why."""

    kept: list[str] = field(default_factory=list)
    removed: dict[str, str] = field(default_factory=dict)
    unsure: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Sweep:
    """Looks at all that is scheduled.

    What cannot be asked about, or is suspended since a list is stale, is left alone until it is due
    within `soon`: it may be cleared again by then. `spares` only tells and deletes nothing.
    """

    gate: PostizGate
    api: PostizApi
    soon: timedelta = timedelta(minutes=10)
    spares: bool = False

    async def run(self) -> Swept:
        """Sweep once. Raises `CouldNotAsk` where Postiz does not say what is scheduled."""
        now = tell_time()
        async with self.gate.memory.passing():
            listing = await self.api.list_posts(now - _BACK, now + _AHEAD)
            ids = {*listing.posts, *listing.unreadable}
            known = {post_id: self.gate.memory.find(post_id) for post_id in ids}
            if not self.spares:
                self._forget_past(ids, now)
        swept = Swept()
        for post_id in listing.unreadable:
            await self._judge_unreadable(post_id, known[post_id], now, swept)
        for post_id, post in listing.posts.items():
            if post.is_pending:
                await self._judge_post(post, known[post_id], now, swept)
            elif (published := known[post_id]) is not None and post.state == "PUBLISHED":
                await self._report_published(post, published)
        return swept

    def _forget_past(self, shown: Collection[str], now: datetime) -> None:
        """Forget what is over and no longer shown, so that the memory does not grow without end."""
        self.gate.memory.forget(
            one.post_id
            for one in self.gate.memory.list_all()
            if one.post_id not in shown
            and not one.body.get("inter")
            and read_time(one.body["date"], "/date") < now - _BACK
        )

    async def _judge_post(
        self, post: ShownPost, known: GatedPost | None, now: datetime, swept: Swept
    ) -> None:
        try:
            if known is None or not known.scheduled:
                raise NotCleared("It did not come through the gate.")
            if post.fingerprint != known.seen:
                raise NotCleared("It has been changed since it was cleared.")
            await self._judge_known(post, known, now)
        except NotCleared as error:
            await self._remove(post.post_id, str(error), swept)
        except CouldNotAsk as error:
            if find_next_time(post, known, now) <= now + self.soon:
                await self._remove(
                    post.post_id, f"It is due, and not cleared for sure. {error}", swept
                )
            else:
                swept.unsure[post.post_id] = str(error)
        else:
            swept.kept.append(post.post_id)

    async def _judge_unreadable(
        self, post_id: str, known: GatedPost | None, now: datetime, swept: Swept
    ) -> None:
        """Delete a scheduled post whose clearance has been revoked; leave any other to a person."""
        swept.unsure[post_id] = _UNREADABLE
        for one in known.cleared if known is not None and known.scheduled else ():
            try:
                verified = await self._verify(one, now)
            except GateError:
                continue  # it stays unsure
            if verified.code == _REVOKED:
                del swept.unsure[post_id]
                await self._remove(post_id, verified.message, swept)
                return

    async def _verify(self, one: Cleared, now: datetime) -> Verified:
        publication = make_publication(one.post, now)
        return await self.gate.clearpost.verify(one.clearance_id, publication)

    async def _judge_known(self, post: ShownPost, known: GatedPost, now: datetime) -> None:
        """Return if every clearance is live, or could be had anew. Raises what the answer was."""
        first = find_first_time(post, known)
        later = find_next_time(post, known, now) - first
        cleared = [await self._renew(one, later, now) for one in known.cleared]
        if not cleared:
            raise NotCleared("It has no clearance.")
        if tuple(cleared) != known.cleared:
            self.gate.memory.keep(replace(known, cleared=tuple(cleared)))

    async def _renew(self, one: Cleared, later: timedelta, now: datetime) -> Cleared:
        if later > timedelta(0):
            at = read_time(one.post["publish_at"], "/publish_at") + later
            return await self.gate.ask({**one.post, "publish_at": write_time(at)})
        verified = await self._verify(one, now)
        if verified.live:
            return one
        if verified.code == _REVOKED:
            raise NotCleared(verified.message)
        if verified.code == _SUSPENDED:
            raise CouldNotAsk(verified.message)
        return await self.gate.ask(one.post)

    async def _remove(self, post_id: str, why: str, swept: Swept) -> None:
        if not self.spares:
            try:
                await self.api.delete(post_id)
            except GateError as error:
                swept.unsure[post_id] = f"It could not be deleted: {error} {why}"
                return
            self.gate.memory.forget([post_id])
        swept.removed[post_id] = why

    async def _report_published(self, post: ShownPost, known: GatedPost) -> None:
        """Tell the service what is out, where the key may; then it need not be remembered."""
        if self.spares:
            return
        body = describe_published(post, known)
        try:
            if body is not None:
                await self.gate.clearpost.published(body)
        except RequestRefused:
            pass  # without the scope, or of an account that is closed by now
        except CouldNotAsk:
            return
        self.gate.memory.forget([post.post_id])


def describe_published(post: ShownPost, known: GatedPost) -> PublishedBody | None:
    """Return the report of a post that is out; None without a clearance."""
    if not known.cleared:
        return None
    asked = known.cleared[0].post
    body: PublishedBody = {
        "account": asked["account"],
        "published_at": post.publishes_at,
        "external_id": str(post.raw.get("releaseId") or post.post_id),
        "text": asked.get("text", ""),
        "media": [one["sha256"] for one in asked.get("media", [])],
        "clearance": known.cleared[0].clearance_id,
    }
    if isinstance(address := post.raw.get("releaseURL"), str) and address:
        body["url"] = address
    return body


def find_first_time(post: ShownPost, known: GatedPost | None) -> datetime:
    """Return when it was cleared for, else when it says that it goes out."""
    if known is not None and known.cleared:
        return read_time(known.cleared[0].post["publish_at"], "/publish_at")
    return read_time(post.publishes_at, "/publishDate")


def find_next_time(post: ShownPost, known: GatedPost | None, now: datetime) -> datetime:
    """Return when it goes out next; of one that is due that is its time, which may be past."""
    first = find_first_time(post, known)
    if post.days is None or post.state not in {"PUBLISHED", "ERROR"} or first >= now:
        return first
    every = timedelta(days=post.days)
    return first + every * -((first - now) // every)
