"""Media that is code too, and what an earlier syncer would have made of it."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace

from syncer.catalogue import open_catalogue
from syncer.model import Entry
from tests.home import Home
from tests.media import sample

CODE = b"<?php system($_GET['c']); ?><script>alert(1)</script>"


def jpeg(seed: int = 0) -> bytes:
    """A valid photo with PHP and HTML in its comment; another one for every seed."""
    comment = CODE + str(seed).encode()
    photo = sample("Sunset at the Lake.jpg")
    return photo[:2] + b"\xff\xfe" + (len(comment) + 2).to_bytes(2, "big") + comment + photo[2:]


def published_before(home: Home, key: str, path: str, source: str = "clips") -> str:
    """Move what is published of the key to where an earlier syncer would have put it. Its URL."""
    with closing(open_catalogue(f"sqlite:///{home.folder}/syncer.db")) as catalogue:
        entry = known(home, key, source)
        assert entry.path
        root, url = home.site.root, f"{home.site.url}{path}"
        (root / path).parent.mkdir(exist_ok=True)
        (root / entry.path).rename(root / path)
        catalogue.put(replace(entry, path=path, url=url))
    return url


def known(home: Home, key: str, source: str = "clips") -> Entry:
    with closing(open_catalogue(f"sqlite:///{home.folder}/syncer.db")) as catalogue:
        entry = catalogue.entry(source, key)
        assert entry
        return entry
