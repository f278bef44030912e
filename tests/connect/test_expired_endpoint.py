"""An endpoint whose certificate has expired is called so, and an unknown CA is not."""

from __future__ import annotations

from contextlib import closing

import pytest

from syncer.connect.pace import SharedPace
from syncer.errors import SourceError
from syncer.protocols.patience import Patience, Policy
from syncer.sources.s3 import Config, S3Source
from tests.servers.certificates import Certificates
from tests.servers.scripted import answer, scripted

QUICK = Patience(connect=2, answer=1, retry=Policy(attempts=1))


@pytest.mark.parametrize(("kind", "said"), [("expired", "has expired"), ("unknown", "is not trusted")])
def test_the_reason_is_named(
    certificates: Certificates, monkeypatch: pytest.MonkeyPatch, kind: str, said: str
) -> None:
    monkeypatch.setenv("KEY", "key-of-a-bucket")
    with scripted(getattr(certificates, kind)("127.0.0.1"), answer("200 OK")) as server:
        settings = {"kind": "s3", "bucket": "b", "endpoint": f"https://{server.connect_to}"}
        settings |= {"access_key": "env:KEY", "secret_key": "env:KEY", "ca": str(certificates.ca)}
        with (
            closing(S3Source("clips", Config.model_validate(settings), SharedPace(patience=QUICK))) as source,
            pytest.raises(SourceError) as caught,
        ):
            list(source.assets())
    assert caught.value.code == "source.tls"
    assert f"its certificate {said}" in caught.value.message
    assert ("renew" in (caught.value.hint or "")) == (kind == "expired")
