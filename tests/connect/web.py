"""HTTP requests of the tests, and the errors they get."""

from __future__ import annotations

import pytest

from syncer.connect.pace import SharedPace
from syncer.connect.web.client import WebSettings, ask, http_client
from syncer.errors import OriginError
from tests.servers.certificates import Certificates
from tests.servers.nginx import HOST
from tests.servers.scripted import Scripted, answer

URL = f"https://{HOST}/a.mp4"
FINE = answer("200 OK", b"hello")


def settings(certificates: Certificates, server: Scripted) -> WebSettings:
    return WebSettings(certificates.ca, server.connect_to)


def refusal(settings: WebSettings, url: str = URL, pace: SharedPace | None = None) -> OriginError:
    with http_client(settings, pace) as http, pytest.raises(OriginError) as caught:
        ask(http, url)
    return caught.value
