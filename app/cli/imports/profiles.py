"""`clearpost import profiles`: what the consent columns of a system's exports mean, in words."""

from typing import Annotated

import typer

from app.cli.imports.profile_maker import make_profile
from app.cli.terminal import REFUSED, hint, print_rows, say
from app.imports.reading.profiles import Profile, ProfileError, read_profile, read_shipped_profiles

app = typer.Typer(help="Mapping profiles, in words.", no_args_is_help=True)

Named = Annotated[
    str, typer.Argument(metavar="NAME|FILE", help="One that comes with Clearpost, or a TOML file.")
]


@app.command("list")
def list_profiles() -> None:
    """The profiles that come with Clearpost."""
    print_rows(
        ("name", "title"), [(profile.name, profile.title) for profile in read_shipped_profiles()]
    )


@app.command()
def show(profile: Named) -> None:
    """Show the meaning of each value of each consent column: yes, no, or not answered."""
    found = load_or_stop(profile)
    say(found.title)
    if found.about:
        say(found.about)
    for line in found.told():
        say(f"- {line}")
    for file in found.files:
        say(f"- {file.file} is read as {file.reads}.csv")


@app.command()
def check(profile: Named) -> None:
    """Check whether a profile can be used; list every reason why not."""
    found = load_or_stop(profile)
    hint(f"{found.name} can be used. Read what it means: clearpost import profiles show {profile}")


app.command("make")(make_profile)


def load_or_stop(name: str) -> Profile:
    """The profile of this name or file; stops with every reason where it cannot be used."""
    try:
        return read_profile(name)
    except ProfileError as error:
        for reason in error.reasons:
            hint(f"clearpost: {error.profile}: {reason}")
        raise typer.Exit(REFUSED) from None
