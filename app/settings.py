"""Every option of the service, in one frozen place.

Read from `CLEARPOST_…` variables and, below them, from the file that `CLEARPOST_ENV_FILE` names
(default `clearpost.env`), one `NAME=value` a line.
"""

import os
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import Field, model_validator
from pydantic_settings import (
    DotEnvSettingsSource,
    EnvSettingsSource,
    NoDecode,
    SettingsConfigDict,
)

from app.event_settings import EventSettings
from app.setting_names import PREFIX, UnknownSettingError, find_unknown
from app.setting_values import ADDRESS, ADDRESSES, BASE_URL, DAYS, DOMAINS, NETWORKS, ZONE


class Settings(EventSettings):
    """The service's options; each field's description is its documentation."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_file_encoding="utf-8", frozen=True, extra="ignore"
    )

    database_url: str = Field(
        "sqlite:///var/clearpost.db",
        pattern=r"^(sqlite:///.+|postgres(ql)?(\+psycopg)?://.+)",
        description="The store: `sqlite:///path/to/file.db` or `postgresql://user@host/name`.",
    )
    consent_mode: Literal["refusal_list", "opt_in"] = Field(
        "refusal_list",
        description="What nothing on file means: `refusal_list` (the delivered list names every "
        "child not to be shown) or `opt_in` (a recorded grant is needed).",
    )
    list_max_age_days: int = Field(
        7, ge=1, le=366, description="Days after which a consent list or a roster is stale."
    )
    timezone: Annotated[str, ZONE] = Field(
        "America/Denver", description="The district's time zone; a date is a day in it."
    )
    email_domains: Annotated[tuple[str, ...], NoDecode, DOMAINS] = Field(
        (), description="The district's e-mail domains, comma-separated: `provo.edu,slc.example`."
    )
    forbid_self_approval: bool = Field(
        True,
        description="Nobody makes themselves an account's content owner; an office of one may turn "
        "it off. Nobody decides their own request, whatever is set here.",
    )
    yes_days: int = Field(
        30,
        ge=1,
        le=366,
        description="Days for which a yes to a review holds, for posts published within them.",
    )
    clearance_minutes: int = Field(
        60, ge=1, le=10_080, description="A clearance is good so long before and after its post."
    )
    account_review_days: int = Field(
        365, ge=1, le=3660, description="Days after which somebody has to look an account over."
    )
    account_stale_days: int = Field(
        90, ge=1, le=3660, description="Days without a post after which an account is stale."
    )
    account_moderation_days: int = Field(
        30,
        ge=1,
        le=3660,
        description="Days after which a classroom account without a moderation report is named in "
        "the register and its report (clause 15).",
    )
    public_reports_per_minute: int = Field(
        5,
        ge=1,
        le=10_000,
        description="How often a minute one address may report something without a key; counted "
        "over the worker processes of one `clearpost serve`.",
    )
    ledger_retention_days: int | None = Field(
        None,
        ge=30,
        le=36_600,
        description="Days after which `clearpost ledger purge` deletes contents of ledger rows; "
        "none: it deletes only what lies before a date it is given.",
    )
    public_lookups_per_minute: int = Field(
        60,
        ge=1,
        le=10_000,
        description="How often a minute one address may ask, without a key, whether an account is "
        "official; counted over the worker processes of one `clearpost serve`.",
    )
    queue_requests: int = Field(
        1024,
        ge=1,
        description="Checks that may wait for the store, in each worker process, before 503 is "
        "answered.",
    )
    queue_subjects: int = Field(
        20_000,
        ge=1,
        description="People that may wait for the store, in each worker process, before 503 is "
        "answered.",
    )
    queue_share_percent: int = Field(
        50,
        ge=1,
        le=100,
        description="How much of a worker process's queue one key may take, so that others find "
        "room in it.",
    )
    deadline_seconds: float = Field(
        5.0,
        gt=0,
        description="How long a request may take before 503 is answered; not uploads and exports.",
    )
    address_connections: int = Field(
        512,
        ge=1,
        description="Connections that one address may have open to each worker process; a proxy's "
        "is the address of all.",
    )
    trusted_proxies: Annotated[tuple[str, ...], NoDecode, NETWORKS] = Field(
        (),
        description="Addresses and networks of the proxies before the service, comma-separated: "
        "`127.0.0.1,10.0.0.0/8`. Only theirs are `X-Forwarded-For` and `X-Forwarded-Proto` heard.",
    )
    refused_credentials_per_minute: int = Field(
        20,
        ge=1,
        le=10_000,
        description="How many refused keys and tokens of one address, or of one key, are answered "
        "at once and logged each minute; further ones wait a second and are 429. Counted over the "
        "worker processes of one `clearpost serve`.",
    )
    people_per_day: int = Field(
        20_000,
        ge=1,
        description="Distinct people that one key may ask about, or be shown records of, in a day; "
        "over all processes.",
    )
    batch_requests: int = Field(
        256, ge=1, description="Checks that share one transaction at the most."
    )
    import_hold_missing_percent: float = Field(
        10,
        ge=0,
        le=100,
        description="An import waits for a person when it would mark more people "
        "of the delivered kinds as missing from the feed.",
    )
    import_hold_changed_percent: float = Field(
        75,
        ge=0,
        le=100,
        description="An import waits for a person when it would change more of the people on file.",
    )
    import_hold_flips_percent: float = Field(
        2,
        ge=0,
        le=100,
        description="An import waits for a person when consent would change for "
        "more of the people with statements on file; new refusals are in force all the same.",
    )
    import_hold_ended_percent: float = Field(
        10,
        ge=0,
        le=100,
        description="An import waits for a person when more of a school's enrollments, or of its "
        "guardians' ties, would end, of more than two people.",
    )
    import_hold_lifted_students: int = Field(
        2,
        ge=0,
        description="An import waits for a person when refusals of more students of one school "
        "would be lifted.",
    )
    import_hold_lifted_percent: float = Field(
        2,
        ge=0,
        le=100,
        description="The same in percent of a school's students, where they are two or more.",
    )
    import_hold_from_people: int = Field(
        10,
        ge=1,
        description="Below so many people the percentages of people missing, changed and with "
        "another consent make no import wait, nor does a list that lost so few rows.",
    )
    import_same_list_days: int = Field(
        14,
        ge=1,
        le=3660,
        description="For how many days a consent list that comes as the same bytes is dated anew; "
        "the office's attestation begins them again.",
    )
    import_aside_percent: float = Field(
        1,
        ge=0,
        le=100,
        description="How many percent of a roster's or a consent list's rows may be bad: they are "
        "set aside and told, the rest is applied. Of ten rows or more one always may; 0: none.",
    )
    import_aside_rows: int = Field(
        50, ge=0, le=10_000, description="More bad rows of one file than this are never set aside."
    )
    import_blackout: Annotated[tuple[tuple[date, date], ...], NoDecode, DAYS] = Field(
        (),
        description="Days on which every import waits for a person, comma-separated: "
        "`2026-12-20/2027-01-05,2027-06-01/2027-06-05`.",
    )
    import_undo_days: int = Field(
        30,
        ge=0,
        description="For so many days what an import changed is kept as it was, so that it can be "
        "undone.",
    )
    import_spool: Path = Field(
        Path("var/imports"),
        description="The private folder where deliveries that come over HTTP wait for their "
        "worker; nothing stays there. Service processes that share a store need the same one.",
    )
    import_upload_bytes: int = Field(
        1 << 30, ge=1, description="How large a delivery over HTTP may be, in bytes, as sent."
    )
    import_spool_bytes: int = Field(
        4 << 30,
        ge=1,
        description="How many bytes all deliveries in that folder may have together; beyond, "
        "another is 503 until there is room.",
    )
    import_providers: Path | None = Field(
        None,
        description="The TOML file that names the providers of OneRoster over REST, for "
        "`clearpost import pull`.",
    )
    import_pulls: Path = Field(
        Path("var/pulls"),
        description="The private folder where `clearpost import pull` puts what it reads; only "
        "what is not applied stays there, until the next pull.",
    )
    mail_to: Annotated[tuple[str, ...], NoDecode, ADDRESSES] = Field(
        (),
        description="Who is told by mail of an import that waits or fails, and each month how the "
        "nights went: addresses, comma-separated. None: nobody is.",
    )
    mail_from: str | None = Field(
        None, pattern=rf"^{ADDRESS}$", description="The address that such mail comes from."
    )
    mail_server: str | None = Field(
        None,
        pattern=r"^[^:\s/@]+:[0-9]{1,5}$",
        description="The mail server that takes it: `smtp.district.example:587`.",
    )
    mail_security: Literal["starttls", "tls", "none"] = Field(
        "starttls",
        description="How the way there is encrypted: `starttls` (port 587), `tls` (465), or `none` "
        "for a server of this machine.",
    )
    mail_user: str | None = Field(None, description="As whom to sign in there; none: without.")
    mail_password_file: Path | None = Field(None, description="The file with that password.")
    mail_authorities: Path | None = Field(
        None, description="Who vouches for the mail server (PEM), beside whom this machine trusts."
    )
    busy_timeout_seconds: float = Field(
        5.0, gt=0, description="How long to wait for the store's write lock."
    )
    signing_key_file: Path = Field(
        Path("var/signing-key.pem"),
        description="The Ed25519 key (PEM) that signs widgets' tokens; made when first needed. "
        "Service processes that share a store need the same file.",
    )
    receipt_keys: Path | None = Field(
        None,
        description="The private folder of the Ed25519 keys (PEM) that sign receipts of "
        "clearances; the first is made when needed. None: `receipt-keys` beside the signing key. "
        "Service processes that share a store need the same one.",
    )
    public_url: Annotated[str | None, BASE_URL] = Field(
        None,
        description="The service's address as its callers know it, beyond any proxy: "
        "`https://clearpost.district.example`; https, or http on this machine alone. The metadata "
        "of AuthZEN name it; without it there are none.",
    )
    authzen_reasons: bool = Field(
        True,
        description="Whether AuthZEN's decisions carry reasons in `context`; without, they are "
        "`decision` alone.",
    )
    serve_docs: bool = Field(
        True, description="Whether `/docs` and `/openapi.json` are answered; they need no key."
    )
    serve_metrics: bool = Field(
        True,
        description="Whether `/metrics` is answered; it needs no key, and tells no personal data.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="The least severe log line that is written."
    )

    @model_validator(mode="after")
    def _check_mail(self) -> Self:
        message = None
        if (self.mail_to or self.mail_reviews) and not (self.mail_from and self.mail_server):
            told = "CLEARPOST_MAIL_TO" if self.mail_to else "CLEARPOST_MAIL_REVIEWS"
            message = f"{told} needs CLEARPOST_MAIL_FROM and CLEARPOST_MAIL_SERVER"
        elif bool(self.mail_user) != bool(self.mail_password_file):
            message = "CLEARPOST_MAIL_USER and CLEARPOST_MAIL_PASSWORD_FILE go together"
        elif self.mail_user and self.mail_security == "none":
            message = "CLEARPOST_MAIL_SECURITY: a password is sent over encrypted connections only"
        if message:
            raise ValueError(message)
        return self

    @cached_property
    def zone(self) -> ZoneInfo:
        """Return the district's time zone."""
        return ZoneInfo(self.timezone)

    @property
    def receipt_folder(self) -> Path:
        """Return the folder of the keys that sign receipts."""
        return self.receipt_keys or self.signing_key_file.with_name("receipt-keys")

    @classmethod
    def load(cls) -> Self:
        """Return settings from the environment and the settings file.

        Raises `UnknownSettingError` for a variable that is no setting: a misspelt consent mode must
        not leave silence to allow. Raises `ValidationError` for a value that its setting does not
        take.
        """
        file = os.environ.get("CLEARPOST_ENV_FILE", "clearpost.env")
        sources = (EnvSettingsSource(cls), DotEnvSettingsSource(cls, env_file=file))
        names = sorted({name.upper() for source in sources for name in source.env_vars})
        if unknown := "; ".join(find_unknown(names, set(cls.model_fields))):
            raise UnknownSettingError(unknown)
        return cls(_env_file=file)
