"""docs/doctor.md shows the doctor's real output."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from tempfile import gettempdir

from tests.home import Home
from tests.media import mp4
from tests.servers.certificates import Certificates
from tests.servers.nginx import StartNginx

PAGE = Path(__file__).parents[2] / "docs" / "doctor.md"
HOST = "media.example.com"


def test_the_output_on_the_page_is_what_it_prints(
    home: Home, nginx: StartNginx, certificates: Certificates, web_root: Path
) -> None:
    """Except for times, amounts, versions and folders."""
    elsewhere = web_root.with_name("elsewhere")
    elsewhere.mkdir()
    site = nginx(elsewhere, host=HOST, certificate=certificates.ending(timedelta(days=5, hours=1), HOST))
    url = f"https://{HOST}/"
    home.config["origin"] |= {"url": url, "property": url, "connect_to": site.connect_to}
    home.config["sources"]["later"] = {"kind": "local", "root": "later"}
    home.put("a.mp4", mp4())
    (home.folder / "later").mkdir()
    shown = re.search(r"<!-- output: syncer doctor -->\n```text\n(.*?)```", PAGE.read_text(), re.DOTALL)
    ran = home.syncer("doctor")
    assert shown
    places = {str(home.folder): "/srv/syncer", str(web_root): "/var/www/media"}
    places[gettempdir()] = "/tmp"  # noqa: S108 - as the page has it
    assert normal(shown[1], {}) == normal(ran.out, places)
    assert ran.code == 1


def normal(text: str, places: dict[str, str]) -> list[str]:
    for place, name in places.items():
        text = text.replace(place, name)
    text = re.sub(r"(libraries|versions|media library): .*", r"\1: …", text)
    text = re.sub(r"[\d.]+ (?:s|ms|[kMGT]B)|:\d{4,5}\b|\d{4}-\d\d-\d\d|-[0-9a-f]{16}\b", "…", text)
    return text.splitlines()
