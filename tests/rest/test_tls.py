"""Over TLS a provider has to show a certificate that is trusted, and its own name on it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from app.database import tables as t
from app.imports.rest.providers import ProviderError
from app.imports.rest.replies import PullError
from tests.rest.conftest import Pulling
from tests.rest.scenes import Scene, opened
from tests.store.house import House


@pytest.fixture
def backend() -> str:
    return "sqlite"


@pytest.fixture
def shown() -> str:
    """The address on the certificate that the provider shows."""
    return "127.0.0.1"


@pytest.fixture
def scene(tmp_path: Path, shown: str) -> Iterator[Scene]:
    with opened(tmp_path / "provider", certificate_for=shown) as made:
        yield made


def test_a_certificate_that_is_trusted(scene: Scene, pull: Pulling) -> None:
    assert scene.origin.startswith("https://")
    scene.write_down(ca_file="tls.pem")
    assert pull().report.state == "applied"


def test_one_that_nobody_knows(scene: Scene, pull: Pulling, house: House) -> None:
    with pytest.raises(PullError, match="its certificate could not be verified"):
        pull()
    assert scene.log == []
    assert house.rows(select(t.people)) == []


@pytest.mark.parametrize("shown", ["127.0.0.2"])
def test_one_that_is_anothers(scene: Scene, pull: Pulling) -> None:
    scene.write_down(ca_file="tls.pem")
    with pytest.raises(PullError, match="its certificate could not be verified"):
        pull()
    assert scene.log == []


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_authorities_that_cannot_be_read(content: str | None, scene: Scene, pull: Pulling) -> None:
    if content:
        (scene.folder / "other.pem").write_text(content)
    scene.write_down(ca_file="other.pem")
    with pytest.raises(ProviderError, match="ca_file: cannot be read"):
        pull()


def test_no_proxy_of_the_environment_hears_of_it(
    scene: Scene, pull: Pulling, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login somebody password else\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    scene.write_down(ca_file="tls.pem")
    assert pull().report.state == "applied"
