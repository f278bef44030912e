"""Laws of walls: known bot walls and logins are reported by name, and media is never reported as one."""

from __future__ import annotations

import pytest

from syncer.connect.web.client import Answer
from syncer.origin.rules.walls import wall


def answer(status: int, page: bytes = b"", **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status, named, len(page), "", page)


@pytest.mark.parametrize(
    ("seen", "named"),
    [
        (answer(401), "a login"),
        (answer(403, cf_mitigated="challenge"), "a bot wall (Cloudflare challenge)"),
        (answer(403, set_cookie="_vercel_sso_nonce=x"), "deployment protection (Vercel)"),
        (answer(202, x_amzn_waf_action="challenge"), "a bot wall (AWS WAF)"),
        (answer(302, location="https://team.cloudflareaccess.com/x"), "a login (Cloudflare Access)"),
        (answer(302, location="https://accounts.google.com/v3"), "a login (Google)"),
        (answer(302, location="https://login.microsoftonline.com/x"), "a login (Microsoft)"),
        (answer(302, location="https://acme.okta.com/app"), "a login"),
        (answer(302, location="/users/sign_in.php"), None),
        (answer(302, location="/login?next=%2Fa.mp4"), "a login"),
        (answer(302, location="/sign-in/"), "a login"),
        (answer(302, location="https://["), None),
        (answer(301, location="https://www.example.com/a.mp4"), None),
        (answer(503, b"<title>Just a moment...</title>"), "a bot wall (Cloudflare challenge)"),
        (answer(403, b"<h1>Error</h1> error code: 1020"), "a bot wall (Cloudflare firewall)"),
        (answer(403, b"<script src='https://ct.captcha-delivery.com/c.js'>"), "a bot wall (DataDome)"),
        (answer(403, b"<iframe src='/_Incapsula_Resource?x'>"), "a bot wall (Imperva)"),
        (answer(403, b"<div id='px-captcha'>"), "a bot wall (HUMAN)"),
        (answer(200, b"<title>Log in - Shop</title>"), "a login page"),
        (answer(200, b"<input type=password>"), "a login page"),
        (answer(403, b"<h1>Forbidden</h1>"), None),
        (answer(200, b'{"type": "password"}', content_type="application/json"), None),
        (answer(206, b"\0\0\0\x18ftypisom type=password", content_type="video/mp4"), None),
    ],
)
def test_a_wall_is_reported_by_name(seen: Answer, named: str | None) -> None:
    assert wall(seen) == named
