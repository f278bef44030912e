"""How a run speaks of `max_delete`."""

from __future__ import annotations

import pytest

from syncer.errors import UnsafePlan
from syncer.sync.plan import MostDeletes, check_gone


def test_a_refusal_about_files_in_place_says_how_many_and_what_to_do() -> None:
    for gone, lying, share in (({"a": 2}, 8, "25.0%"), ({"a": 1}, 0, "100.0%")):
        with pytest.raises(UnsafePlan, match=rf"in place \({share}\) are no longer listed") as caught:
            check_gone(gone, lying, MostDeletes(0.0), set())
        assert "--max-delete 100%" in str(caught.value.hint)
    with pytest.raises(UnsafePlan, match="source a lists 0 objects") as caught:
        check_gone({"a": 1}, 8, MostDeletes(0.5), {"a"})
    assert "--max-delete 100%" in str(caught.value.hint)


def test_a_limit_is_shown_as_the_config_says_it() -> None:
    limits = {(0.0, 1): "1 file", (0.0, 3): "3 files", (0.0, 0): "0%", (0.1, 3): "10% (at least 3)"}
    assert {each: str(MostDeletes(*each)) for each in limits} == limits
