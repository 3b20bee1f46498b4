"""A small Postiz: its public API as its source reads bodies and answers (gitroomhq/postiz-app).

Also what makes it treacherous: any type but `draft` is scheduled, a body is read as JavaScript
reads it, addresses come in any case, a set-to-draft leaves the workflow asleep, and the listing
shows neither media nor comments.
"""

import asyncio
import gzip
import json
import re
import uuid
from datetime import UTC, datetime
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

Body = dict[str, Any]
KEY = "postiz-key"


class Postiz:
    """Its posts by id; `workflows` are those that will publish, `uploads` the files by path."""

    def __init__(self) -> None:
        self.posts: dict[str, Body] = {}
        self.workflows: set[str] = set()
        self.uploads: dict[str, bytes] = {}
        self.received: list[tuple[str, str, bytes]] = []
        self.fails_listing = False
        self.fails_deleting = 0
        self.before_made: Any = None
        self.app = Starlette(routes=[Route("/{path:path}", self.answer, methods=_METHODS)])

    async def answer(self, request: Request) -> Response:
        content = await request.body()
        path = request.url.path.rstrip("/").lower()
        self.received.append((request.method, request.url.path, content))
        if "cookie" in request.headers:
            return JSONResponse({"msg": "that is the cookie of somebody else"}, 400)
        if path.startswith("/uploads/"):
            found = self.uploads.get(request.url.path)
            return Response(found or b"", 200 if found else 404)
        if request.headers.get("authorization") != KEY:
            return JSONResponse({"msg": "Invalid API key"}, 401)
        asked = f"{request.method} {path.removeprefix('/public/v1')}"
        for pattern, work in _ROUTES:
            if found := re.fullmatch(pattern, asked):
                return await work(self, request, content, *found.groups())
        return JSONResponse({"statusCode": 404, "message": "Cannot find"}, 404)

    async def make(self, _: Request, content: bytes) -> Response:
        said = json.loads(content)
        if self.before_made is not None:
            await asyncio.to_thread(self.before_made)
        at = said["date"]
        if said["type"] == "now":
            at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:00.000Z")
        made = []
        for one in said["posts"]:
            root = None
            for value in one["value"]:
                ident = value.get("id") or str(uuid.uuid4())
                before = self.posts.get(ident, {})
                state = "DRAFT" if said["type"] == "draft" else "QUEUE"
                if said["type"] == "update":
                    state = before.get("state", "QUEUE")
                self.posts[ident] = {
                    "id": ident, "content": value["content"], "image": value.get("image", []),
                    "publishDate": at, "state": state, "parent": root,
                    "intervalInDays": said.get("inter") or None, "group": f"g-{ident}",
                    "settings": json.dumps({**one.get("settings", {}), "__type": "facebook"}),
                    "integration": {"id": one["integration"]["id"], "name": "Maple"},
                    "releaseURL": None, "releaseId": None,
                }  # fmt: skip
                root = root or ident
            assert root is not None
            if self.posts[root]["state"] == "QUEUE" and said["type"] != "update":
                self.workflows.add(root)
            made.append({"postId": root, "integration": one["integration"]["id"]})
        return JSONResponse(made, 201)

    async def list(self, request: Request, _: bytes) -> Response:
        if self.fails_listing:
            return JSONResponse({"statusCode": 500, "message": "Internal server error"}, 500)
        begins, ends = (request.query_params[name] for name in ("startDate", "endDate"))
        shown = [
            {name: one for name, one in post.items() if name not in {"image", "parent"}}
            for post in self.posts.values()
            if post["parent"] is None
            and (post["intervalInDays"] or begins <= post["publishDate"] <= ends)
        ]
        content = gzip.compress(json.dumps({"posts": shown}).encode())
        if "gzip" not in request.headers.get("accept-encoding", ""):
            return JSONResponse({"posts": shown})
        return Response(
            content, media_type="application/json", headers={"content-encoding": "gzip"}
        )

    async def set_status(self, _: Request, content: bytes, ident: str) -> Response:
        status = json.loads(content)["status"]
        self.posts[ident]["state"] = "DRAFT" if status == "draft" else "QUEUE"
        if status == "schedule":
            self.workflows.add(ident)
        return JSONResponse({"id": ident, "state": self.posts[ident]["state"]})

    async def delete(self, _: Request, __: bytes, ident: str) -> Response:
        if self.fails_deleting:
            self.fails_deleting -= 1
            return JSONResponse({"statusCode": 500, "message": "Internal server error"}, 500)
        for known in [
            one for one, post in self.posts.items() if ident in (one, post.get("parent"))
        ]:
            del self.posts[known]
            self.workflows.discard(known)
        return JSONResponse({"error": True})

    async def other(self, _: Request, content: bytes, *__: str) -> Response:
        return JSONResponse(
            {"path": "/uploads/a.png", "bytes": len(content)}, 201, {"Set-Cookie": "auth=a"}
        )

    def publish(self, ident: str) -> None:
        """As a workflow does at its time: it looks whether the post is deleted, and no more."""
        assert ident in self.workflows
        self.posts[ident] |= {"state": "PUBLISHED", "releaseURL": "https://facebook.com/maple/posts/77",
                              "releaseId": "77"}  # fmt: skip

    def count(self, method: str, path: str) -> int:
        return sum((m, p) == (method, path) for m, p, _ in self.received)


_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]
_ROUTES: list[tuple[str, Any]] = [
    (r"POST /posts", Postiz.make),
    (r"GET /posts", Postiz.list),
    (r"PUT /posts/([\w-]+)/status", Postiz.set_status),
    (r"DELETE /posts/([\w-]+)", Postiz.delete),
    (r"GET /integrations", Postiz.other),
    (r"POST /upload", Postiz.other),
    (r"PUT /posts/([\w-]+)/settings", Postiz.other),
    (r"POST /integration-trigger/([\w-]+)", Postiz.other),
]
