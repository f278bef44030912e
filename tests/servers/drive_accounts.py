"""The accounts of the Drive of the tests: a service account, a user, an API key."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

EMAIL = "robot@project.iam.gserviceaccount.com"
API_KEY = "AIzaTestKeyTestKey"
REFRESH_TOKEN = "1//refresh"
AUDIENCE = "https://oauth2.googleapis.com/token"
"""The audience of a service account's grant, whatever its address."""


def granted(form: dict[str, list[str]]) -> bool:
    if form.get("grant_type") == ["refresh_token"]:
        return form.get("refresh_token") == [REFRESH_TOKEN] and form.get("client_secret") == ["client-secret"]
    if form.get("grant_type") != ["urn:ietf:params:oauth:grant-type:jwt-bearer"]:
        return False
    from google.auth import jwt

    try:
        claims: Any = jwt.decode(  # type: ignore[no-untyped-call]
            form["assertion"][0], certs=_public_key(), audience=AUDIENCE
        )
    except ValueError:
        return False
    return bool(claims["iss"] == EMAIL) and bool(
        claims["scope"] == "https://www.googleapis.com/auth/drive.readonly"
    )


@lru_cache(maxsize=1)
def _key() -> Any:
    from cryptography.hazmat.primitives.asymmetric import rsa

    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def private_key() -> str:
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    made: bytes = _key().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return made.decode()


def _public_key() -> str:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    made: bytes = _key().public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return made.decode()
