"""Widget tokens: short-lived and signed, for pages that must not hold an API key.

A token is a JWT (RFC 7519) signed with Ed25519 (RFC 8037; `alg` as RFC 9864 has it). It holds its
key (`sub`, the one that asked for it), its place (`origin`), its rights (`scopes`, `schools`,
`person`) and its end. It is good only as long as its key is, and never for more than that key may.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey
from joserfc.jwt import ClaimsOption

from app.auth.key_files import read_or_make_key
from app.errors import StoreUnavailableError, UnauthenticatedError
from app.store.ledger.chain import make_id

MAX_LIFE = timedelta(minutes=10)
_ALGORITHM = "Ed25519"
_TYPE = "clearpost-widget+jwt"
_AUDIENCE = "clearpost-widget"
_NEEDED: ClaimsOption = {"essential": True}


@dataclass(frozen=True, slots=True)
class WidgetToken:
    """The contents of a token. `schools` is None for no limit; times are aware.

    An `embedded` one is for Clearpost's own pages in a frame of a page of `origin`.
    """

    key_id: str
    origin: str
    scopes: frozenset[str]
    schools: frozenset[str] | None
    person_id: str | None
    issued_at: datetime
    expires_at: datetime
    embedded: bool = False


class Signer:
    """Signs and reads tokens with the key in `file`, which is made when first needed."""

    def __init__(self, file: Path, clock: Callable[[], datetime]) -> None:
        self._file = file
        self._clock = clock
        self._loaded: OKPKey | None = None

    def sign(self, token: WidgetToken) -> str:
        """Return `token` as text; raises `StoreUnavailableError` when the key cannot be had."""
        claims = {
            "iss": "clearpost",
            "aud": _AUDIENCE,
            "sub": token.key_id,
            "jti": make_id(),
            "iat": int(token.issued_at.timestamp()),
            "exp": int(token.expires_at.timestamp()),
            "origin": token.origin,
            "embedded": token.embedded,
            "scopes": sorted(token.scopes),
            "schools": None if token.schools is None else sorted(token.schools),
            "person": token.person_id,
        }
        header = {"alg": _ALGORITHM, "typ": _TYPE}
        return jwt.encode(header, claims, self._load_key(), algorithms=[_ALGORITHM])

    def read(self, text: str) -> WidgetToken:
        """Return the contents of a live token of ours; `UnauthenticatedError` for anything else."""
        try:
            found = jwt.decode(text, self._load_key(), algorithms=[_ALGORITHM])
            self._make_rules().validate(found.claims)
        except (JoseError, ValueError) as error:
            raise UnauthenticatedError from error
        if found.header.get("typ") != _TYPE:
            raise UnauthenticatedError
        said = found.claims
        schools = said["schools"]
        return WidgetToken(
            key_id=said["sub"],
            origin=said["origin"],
            scopes=frozenset(said["scopes"]),
            schools=None if schools is None else frozenset(schools),
            person_id=said["person"],
            issued_at=self._parse_time(said["iat"]),
            expires_at=self._parse_time(said["exp"]),
            embedded=said["embedded"],
        )

    def _parse_time(self, seconds: int) -> datetime:
        return datetime.fromtimestamp(seconds, self._clock().tzinfo)

    def _make_rules(self) -> jwt.JWTClaimsRegistry:
        return jwt.JWTClaimsRegistry(
            now=lambda: int(self._clock().timestamp()),
            iss={"essential": True, "value": "clearpost"},
            aud={"essential": True, "value": _AUDIENCE},
            sub=_NEEDED,
            exp=_NEEDED,
            iat=_NEEDED,
            origin=_NEEDED,
        )

    def _load_key(self) -> OKPKey:
        if self._loaded is None:
            try:
                self._loaded = OKPKey.import_key(read_or_make_key(self._file))
            except (OSError, ValueError, JoseError) as error:
                raise StoreUnavailableError from error
        return self._loaded
