"""The reference: a plain FastAPI route with the same body and the same answer, and no I/O."""

import os
from pathlib import Path

from fastapi import FastAPI
from fastapi.responses import Response

from app.schemas.checks import PostCheck

ANSWER = Path(os.environ["BENCH_ANSWER"]).read_bytes()
app = FastAPI()


@app.post("/v1/checks/post")
async def check_post(post: PostCheck) -> Response:  # noqa: ARG001 - validated, like the real one
    return Response(ANSWER, media_type="application/json")
