"""What is published is media to a web server on which every ending of a name counts, as on hosts with PHP."""

from __future__ import annotations

import pytest

from tests.home import Home
from tests.media import sample
from tests.names.polyglots import CODE, jpeg
from tests.servers.apache import apache

NAMES = (
    *(
        "a.php",
        "b.php.jpg",
        "c.PhP5.jpg",
        "d.phtml",
        "e.php..jpg",
        "f.php.",
        "g.cgi",
        "h.pl.jpg",
        "i.html",
        "j.shtml",
    ),
    *(
        "k.js",
        "l.asp;.jpg",
        "m.var",
        "n.asis.jpg",
        "o.map",
        "p.jpg.gz",
        "q.Z.jpg",
        "r.br.jpg",
        "s.v2.jpg",
        "t",
    ),
    *("x.php/u.jpg", "y.cgi/v.php", "index.php"),
)


@pytest.mark.parametrize("name", ["shell.php", "shell.php.jpg", "shell.php.v2.jpg", "shell.html.jpg"])
def test_this_apache_runs_what_an_earlier_syncer_published(home: Home, name: str) -> None:
    (home.site.root / name).write_bytes(jpeg())
    with apache(home.site.root) as server:
        assert server.get(name).text == f"ran {home.site.root / name}"


def test_nothing_that_is_published_is_run_or_mislabelled(home: Home) -> None:
    for number, name in enumerate(NAMES):
        home.put(name, jpeg(number))
    home.put("z.html.webp", sample("café.webp"))
    home.put(".htaccess", jpeg(99))
    assert home.sync()["counts"]["copied"] == len(NAMES) + 1
    with apache(home.site.root) as server:
        for key, item in home.manifest().items():
            answer = server.get(item["path"])
            assert answer.status_code == 200, key
            assert answer.content == (home.media / key).read_bytes(), key
            assert "content-encoding" not in answer.headers, key
            if key != "z.html.webp":  # of which this Apache knows no type
                assert answer.headers["content-type"] == "image/jpeg", key
                assert CODE in answer.content
            assert "text" not in answer.headers.get("content-type", ""), key
        assert not server.get("clips/").text.startswith("ran"), "there is no index that is run"
