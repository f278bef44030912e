"""Who runs the host of a URL, and which prefix its user could verify. By its text alone: pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from syncer.urls.canonical import bare_url, web_url
from syncer.urls.links import LONGEST, recognise, stores


class Control(StrEnum):
    OWN = "own"
    """The user can place a file there: a bucket, a host for pages."""
    PLATFORM = "platform"
    """The storage of a scheduler. Only its operator can verify the domain."""
    FOREIGN = "foreign"
    """Its users can't place a file there."""
    UNKNOWN = "unknown"
    """It may be the user's own."""


@dataclass(frozen=True, slots=True)
class Host:
    name: str
    """For messages; empty if unknown."""
    control: Control
    prefix: str | None = None
    """The narrowest URL prefix to verify; `None` if the host has none."""
    obstacle: str | None = None
    """Why this address can't be verified."""


def host_of(url: str) -> Host:
    """Never raises, whatever the text."""
    host, path = _split(url)
    for control, table in ((Control.PLATFORM, PLATFORMS), (Control.FOREIGN, FOREIGN)):
        name = _under(host, table)
        if name:
            return Host(name, control, f"https://{host}/" if control is Control.PLATFORM else None)
    at = stores.object_address(host, path)
    if at:
        return Host(at.store, Control.OWN, None if at.private else bare_url(f"https://{at.root}"), at.private)
    link = recognise(url)
    if link.answers:
        return Host(link.store, Control.FOREIGN)
    for pattern, name in PAGES:
        found = re.match(pattern, host + path)
        if found:
            return Host(name, Control.OWN, bare_url(f"https://{found[0]}"))
    return Host("", Control.UNKNOWN)


def host_advice(url: str) -> str | None:
    """What the user can do about ownership, in one or two sentences; `None` for an unknown host."""
    host = host_of(url)
    if host.control is Control.PLATFORM:
        return (
            f"This is the storage of {host.name}: {host.prefix} is the prefix to verify, and only its "
            "operator can do that. If you post with an app of your own, mirror the file."
        )
    if host.control is Control.FOREIGN:
        return f"Only {host.name} can verify this host, so mirror the file to a host of your own."
    return _own(url, host) if host.control is Control.OWN else None


def _own(url: str, host: Host) -> str:
    if host.prefix is None:
        return (
            f"This address of {host.name} can't be verified: {host.obstacle}. If it is yours, give it "
            "a public https address and verify that, or mirror the file."
        )
    if recognise(url).signed:
        return (
            f"If this is yours, make the file public and verify {host.prefix}, or mirror it. "
            "A signed URL is not stable."
        )
    if "?" in url:
        return (
            f"If this is yours, verify {host.prefix} and leave out the query: a stable URL has none. "
            "If the file does not open without it, mirror the file."
        )
    if not url.lower().startswith("https://"):
        return f"If this is yours, use its https address and verify {host.prefix}."
    return (
        f"If this is yours, nothing needs to be copied: verify {host.prefix}, the signature file goes there."
    )


def _split(url: str) -> tuple[str, str]:
    if len(url) > LONGEST:
        return "", "/"
    parts = web_url(url)
    return (parts.host.rstrip("."), parts.path or "/") if parts else ("", "/")


def _under(host: str, table: dict[str, str]) -> str | None:
    """The table's value for the host or for a domain above it."""
    labels = host.split(".")
    return next((name for n in range(len(labels)) if (name := table.get(".".join(labels[n:])))), None)


# Each entry is in public code or documents.
PLATFORMS = {
    "uploads.postiz.com": "Postiz",
    "stackposts.com": "Stackposts",
    "img.ayrshare.com": "Ayrshare",
    "buffer-media-uploads.s3.amazonaws.com": "Buffer",
}

FOREIGN = {
    "airtableusercontent.com": "Airtable",
    "byteoversea.com": "TikTok",
    "cdn.midjourney.com": "Midjourney",
    "cdninstagram.com": "Instagram",
    "cdn.pixabay.com": "Pixabay",
    "cloudinary.com": "Cloudinary",
    "discordapp.com": "Discord",
    "discordapp.net": "Discord",
    "dropbox.com": "Dropbox",
    "dropboxusercontent.com": "Dropbox",
    "facebook.com": "Facebook",
    "fbcdn.net": "Facebook",
    "ggpht.com": "Google",
    "giphy.com": "GIPHY",
    "googleusercontent.com": "Google",
    "googlevideo.com": "YouTube",
    "icloud-content.com": "iCloud",
    "imgur.com": "Imgur",
    "oaidalleapiprodscus.blob.core.windows.net": "OpenAI",
    "pexels.com": "Pexels",
    "pinimg.com": "Pinterest",
    "pixabay.com": "Pixabay",
    "prod-files-secure.s3.us-west-2.amazonaws.com": "Notion",
    "redd.it": "Reddit",
    "replicate.delivery": "Replicate",
    "sharepoint.com": "OneDrive",
    "telegram.org": "Telegram",
    "tiktokcdn-eu.com": "TikTok",
    "tiktokcdn-us.com": "TikTok",
    "tiktokcdn.com": "TikTok",
    "twimg.com": "X",
    "ucarecdn.com": "Uploadcare",
    "unsplash.com": "Unsplash",
    "usercontent.google.com": "Google Drive",
    "vimeocdn.com": "Vimeo",
    "www.googleapis.com": "Google",
    "ytimg.com": "YouTube",
}

_LABEL = r"[^/.]+\."

PAGES = (
    (r"raw\.githubusercontent\.com/[^/]+/[^/]+/(?:refs/heads/)?[^/]+/", "GitHub"),
    (r"cdn\.jsdelivr\.net/gh/[^/]+/[^/]+/", "jsDelivr"),
    (_LABEL + r"github\.io/(?:[^/]+/)?", "GitHub Pages"),
    (r"(?:[^/]+\.)?gitlab\.io/(?:[^/]+/)?", "GitLab Pages"),
    (_LABEL + r"codeberg\.page/(?:[^/]+/)?", "Codeberg Pages"),
    (r"pub-[0-9a-f]{32}\.r2\.dev/", "Cloudflare R2"),
    (r"(?:[^/]+\.)?pages\.dev/", "Cloudflare Pages"),
    (r"(?:[^/]+\.)?workers\.dev/", "Cloudflare Workers"),
    (_LABEL + r"vercel\.app/", "Vercel"),
    (_LABEL + r"public\.blob\.vercel-storage\.com/", "Vercel Blob"),
    (_LABEL + r"netlify\.app/", "Netlify"),
    (_LABEL + r"surge\.sh/", "Surge"),
    (_LABEL + r"(?:web\.app|firebaseapp\.com)/", "Firebase Hosting"),
    (_LABEL + r"onrender\.com/", "Render"),
    (_LABEL + r"fly\.dev/", "Fly.io"),
    (_LABEL + r"up\.railway\.app/", "Railway"),
    (_LABEL + r"herokuapp\.com/", "Heroku"),
    (_LABEL + r"neocities\.org/", "Neocities"),
    (r"[^/]+\.web\.core\.windows\.net/", "Azure static website"),
    (_LABEL + r"cloudfront\.net/", "Amazon CloudFront"),
    (_LABEL + r"b-cdn\.net/", "Bunny"),
    (r"[^/]+\.azurestaticapps\.net/", "Azure Static Web Apps"),
    (_LABEL + _LABEL + r"amplifyapp\.com/", "AWS Amplify"),
    (r"[^/]+\.ondigitalocean\.app/", "DigitalOcean App Platform"),
)
"""Services that give each user a host or a folder. The pattern matches the prefix to verify."""
