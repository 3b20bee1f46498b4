"""A provider of OneRoster over REST, 1.1 and 1.2, with the faults that real ones have.

Written from the standard: limit, offset, sort, filter by dateLastModified, X-Total-Count, Link;
OAuth 1.0a and OAuth 2 client credentials. Run as a process: `python -m tests.rest.provider SCENE`.
The scene, a JSON file, is read again for each request; what was asked goes into `SCENE.log`.
"""

import base64
import hashlib
import hmac
import json
import re
import ssl
import sys
import time
from collections import Counter
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import parse_qs, parse_qsl, quote, unquote, urlsplit

BASE = {"1.1": "/ims/oneroster/v1p1/", "1.2": "/ims/oneroster/rostering/v1p2/"}
ALLOWED_SKEW = 300
_FILTER = re.compile(r"dateLastModified>'([^']+)'")


class Provider(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Or each answer's body waits 40 ms until its head is acknowledged.
    disable_nagle_algorithm = True
    scene_file: Path
    asked: ClassVar[Counter[str]] = Counter()
    uses: ClassVar[Counter[str]] = Counter()
    run = ""

    def do_GET(self) -> None:
        self._look()
        url = urlsplit(self.path)
        collection = url.path.removeprefix(BASE[self.scene["version"]])
        self.asked[collection] += 1
        self._log(collection)
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        time.sleep(self.faults.get("slow", 0))
        if not self._knows():
            self._send(401, {"imsx_codeMajor": "failure", "imsx_description": "s-01"})
        elif failing := self._failing(collection):
            self._send(failing["status"], {"of": "s-01"}, failing.get("headers"))
        elif collection not in self.scene["collections"]:
            self._send(404, {"imsx_codeMajor": "failure", "imsx_description": "s-01"})
        else:
            self._list(collection, self._chosen(collection, query), query)

    def do_POST(self) -> None:
        self._look()
        self._log("token")
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        sent = (form.get("client_id", [""])[0], form.get("client_secret", [""])[0])
        if self.scene.get("token_auth", "basic") == "basic":
            pair = base64.b64decode(self.headers.get("Authorization", "Basic ")[6:]).decode()
            sent = tuple(pair.split(":", 1)) if ":" in pair else ("", "")
        good = sent == (self.scene["client_id"], self.scene["secret"])
        if not good or form.get("grant_type") != ["client_credentials"] or not form.get("scope"):
            self._send(401, {"error": "invalid_client"})
            return
        Provider.uses["tokens"] += 1
        token = f"token-{Provider.uses['tokens']}"
        self._send(200, {"access_token": token, "token_type": "bearer", "expires_in": 3600})

    def _look(self) -> None:
        """What is played now; another run begins with nothing asked."""
        self.scene = json.loads(self.scene_file.read_text())
        self.faults = self.scene.get("faults", {})
        if self.scene["run"] != Provider.run:
            Provider.run = self.scene["run"]
            self.asked.clear()
            self.uses.clear()

    def _knows(self) -> bool:
        said = self.headers.get("Authorization", "")
        if self.scene["auth"] == "oauth1":
            return self._is_signed(said)
        if said != f"Bearer token-{Provider.uses['tokens']}" or said == "Bearer token-0":
            return False
        Provider.uses[said] += 1
        return Provider.uses[said] <= self.faults.get("token_lives", 1_000_000)

    def _is_signed(self, said: str) -> bool:
        """RFC 5849 by hand, not by the library that signs."""
        if not said.startswith("OAuth "):
            return False
        sent = {}
        for part in said.removeprefix("OAuth ").split(","):
            name, _, value = part.strip().partition("=")
            sent[name] = unquote(value.strip('"'))
        signature = sent.pop("oauth_signature")
        url = urlsplit(self.path)
        pairs = [*sent.items(), *parse_qsl(url.query, keep_blank_values=True)]
        encoded = sorted((quote(name, safe="~"), quote(value, safe="~")) for name, value in pairs)
        parameters = "&".join(f"{name}={value}" for name, value in encoded)
        address = f"http://{self.headers['Host']}{url.path}"
        text = "&".join(quote(part, safe="~") for part in ("GET", address, parameters))
        kind = {"HMAC-SHA256": hashlib.sha256, "HMAC-SHA1": hashlib.sha1}[
            sent["oauth_signature_method"]
        ]
        key = f"{quote(self.scene['secret'], safe='~')}&"
        wanted = base64.b64encode(hmac.new(key.encode(), text.encode(), kind).digest()).decode()
        fresh = abs(int(sent["oauth_timestamp"]) - self._now()) <= ALLOWED_SKEW
        known = sent["oauth_consumer_key"] == self.scene["client_id"]
        return known and fresh and hmac.compare_digest(signature, wanted)

    def _now(self) -> float:
        return time.time() + self.faults.get("clock", 0)

    def _failing(self, collection: str) -> dict[str, Any] | None:
        nth = self.asked[collection]
        return next(
            (
                one
                for one in self.faults.get("fail", [])
                if one["collection"] == collection
                and one["nth"] <= nth < one["nth"] + one.get("times", 1_000)
            ),
            None,
        )

    def _list(
        self, collection: str, records: list[dict[str, Any]] | None, query: dict[str, str]
    ) -> None:
        if records is None:
            self._send(400, {"imsx_codeMajor": "failure"})
            return
        limit = min(int(query.get("limit", 100)), self.faults.get("cap", 10_000))
        offset = int(query.get("offset", 0))
        offset = offset * limit if self.faults.get("page_offset") else offset
        offset = 0 if self.faults.get("ignore_offset") else offset
        end = self.faults.get("end_after", {}).get(collection, len(records))
        shown = records[:end][offset : offset + limit]
        total = len(records) + self.faults.get("miscount", {}).get(collection, 0)
        total = len(shown) if self.faults.get("count_page") else total
        headers = {} if self.faults.get("uncounted") else {"X-Total-Count": str(total)}
        headers["Link"] = f'<{self.path}>; rel="first"'
        envelope = "data" if self.faults.get("envelope") == collection else collection
        garbage = b"<html>Please log in</html>" if self.faults.get("garbage") == collection else b""
        self._send(200, {envelope: shown}, headers, garbage)

    def _chosen(self, collection: str, query: dict[str, str]) -> list[dict[str, Any]] | None:
        """The records that are asked for, in order; None where the filter is refused."""
        records = self._now_there(collection)
        if "filter" in query and not self.faults.get("ignore_filter"):
            if self.faults.get("refuse_filter"):
                return None
            since = _FILTER.fullmatch(query["filter"])[1]
            records = [one for one in records if one.get("dateLastModified", "") > since]
            records = [] if self.faults.get("empty_filter") else records
        return sorted(records, key=lambda one: one[query["sort"]]) if "sort" in query else records

    def _now_there(self, collection: str) -> list[dict[str, Any]]:
        """What there is at this request: records may go, and others come, while one reads."""
        records = list(self.scene["collections"][collection])
        lost = self.faults.get("lose_first_from", {}).get(collection)
        if lost is not None and self.asked[collection] >= lost:
            records = records[1:]
            if self.faults.get("and_gain"):
                records.append({**records[-1], "sourcedId": "zz-new"})
        return records

    def _send(
        self, status: int, body: Any, headers: dict[str, str] | None = None, raw: bytes = b""
    ) -> None:
        content = raw or json.dumps(body).encode()
        self.send_response_only(status)
        self.send_header("Date", formatdate(self._now(), usegmt=True))
        self.send_header("Content-Type", "application/json")
        cut = self.faults.get("cut") and status == 200 and self.command == "GET"
        self.send_header("Content-Length", str(len(content) + (50 if cut else 0)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)
        self.close_connection = bool(cut)

    def _log(self, collection: str) -> None:
        with Path(f"{self.scene_file}.log").open("a") as log:
            log.write(json.dumps([self.command, collection, self.path]) + "\n")

    def log_message(self, *_: Any) -> None:
        """Say nothing on standard error."""


def main() -> None:
    scene, *tls = sys.argv[1:]
    Provider.scene_file = Path(scene)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Provider)
    if tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(tls[0])
        server.socket = context.wrap_socket(server.socket, server_side=True)
    sys.stdout.write(f"{server.server_port}\n")
    sys.stdout.flush()
    server.serve_forever()


if __name__ == "__main__":
    main()
