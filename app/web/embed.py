"""Pages of the service's own with one widget each, for intranets with frames but no script."""

from collections.abc import Collection

from app.web.pages import render_page

# What an address may set of a widget; nothing of it names a student.
WIDGETS = {
    "photo-check": "class-id channel media extent",
    "post-check": "account-url author-id purpose",
    "account-badge": "url platform handle",
    "logo-check": "account-url author-id",
    "authorization-form": "request-id person-id",
}
_WITHOUT_TOKEN = frozenset({"account-badge"})


def render_embed(widget: str) -> str:
    """The page with one of `WIDGETS`."""
    return render_page(
        "embed.html",
        widget=widget,
        attributes=WIDGETS[widget],
        needs_token=widget not in _WITHOUT_TOKEN,
    )


def write_policy(origins: Collection[str]) -> str:
    """The page's Content Security Policy: pages of these `origins` frame it, and no one else."""
    framers = " ".join(sorted(origins)) or "'none'"
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
        f"base-uri 'none'; form-action 'none'; frame-ancestors {framers}"
    )
