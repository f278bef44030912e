"""The examples in docs/check.md are the real output of `syncer check`."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from syncer.origin.check import RULES
from tests.home import Home
from tests.media import sample
from tests.reference import RULES_PAGE, ruled
from tests.servers.certificates import Certificates
from tests.servers.nginx import HOST, Site, StartNginx

PAGE = Path(__file__).parents[3] / "docs" / "check.md"
SHOWN = re.findall(r"```text\n\$ (syncer check .*?)\n(.*?)```", PAGE.read_text(), re.DOTALL)
WWW = "www.media.example.test"


@pytest.fixture
def sites(nginx: StartNginx, certificates: Certificates, web_root: Path) -> dict[str, Site]:
    """Origins by the start of the URL in the command."""
    (web_root / "clip.mp4").write_bytes(sample("Summer Trip.mp4"))
    return {
        f"https://{HOST}/": nginx(web_root),
        f"https://{WWW}/": nginx(web_root, host=WWW, server=f"return 301 https://{HOST}$request_uri;"),
        "https://old.media.example.test/": nginx(
            web_root,
            host="old.media.example.test",
            certificate=certificates.expired("old.media.example.test"),
        ),
    }


@pytest.mark.parametrize(("command", "output"), SHOWN, ids=[command for command, _ in SHOWN])
def test_the_page_shows_the_real_output(sites: dict[str, Site], command: str, output: str) -> None:
    """Except for times, and with the test's own CA and port."""
    arguments = command.replace("'", "").split()[1:]
    site = next((site for root, site in sites.items() if arguments[-1].startswith(root)), None)
    if site:
        arguments[1:1] = ["--ca", str(site.ca), "--connect-to", site.connect_to]
    ran = Home.syncer_alone(*arguments[:1], "-c", "none.yaml", *arguments[1:])
    assert normal(ran.out) == normal(output)


def test_the_page_shows_all_kinds_of_faults() -> None:
    assert len(SHOWN) >= 5


def normal(text: str) -> list[str]:
    return re.sub(r"\d{4}-\d\d-\d\d|\d+ ms", "…", text).splitlines()


def test_the_page_of_rules_is_generated_from_the_rules() -> None:
    page = RULES_PAGE.read_text()
    assert page == ruled(page), "run python -m tests.reference"
    named = set(re.findall(r"^\| `([a-z]+\.[a-z]+)`", page, re.MULTILINE))
    assert named == {rule.id for rule in RULES}
