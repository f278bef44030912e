"""The laws that hold after a run, whatever failed in it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from tests.faults.runs import Ran
from tests.faults.stage import Stage, name_of

FAILED = (1, 3)
"""Exit codes of a run in which something failed."""
OURS = re.compile(r'Traceback|"internal"|\[internal\]|\bunexpected [A-Z]\w+|(?:bug in|fault of) syncer')
SECRETS = re.compile(
    r"SKTESTSECRET|let me in|X-Amz-Signature=|Signature=[A-Za-z0-9%]|ya29\.\d|1//refresh|PRIVATE KEY"
)


@dataclass
class Verdict:
    """The faults of a case; empty if there are none."""

    wrong: list[str] = field(default_factory=list)
    first: Ran | None = None
    second: Ran | None = None

    def say(self, said: Iterator[str]) -> None:
        self.wrong.extend(said)


def judge(stage: Stage, ran: Ran, codes: tuple[int, ...] = FAILED) -> Verdict:
    """After the run with a fault: check, run again without a fault, tidy up, and check again."""
    verdict = Verdict(first=ran)
    verdict.say(after(stage, ran, codes))
    done = {
        key
        for key, (state, sha) in stage.known().items()
        if state in ("published", "stored") and key in stage.new and sha == _sha(stage.new[key])
    }
    second = verdict.second = stage.sync()
    verdict.say(f"next run: {each}" for each in spoken(second))
    verdict.say(_completes(stage, second))
    verdict.say(f"next run: copies {key} again" for key in sorted(done & _copied(second)))
    if stage.litter():
        tidied = stage.run("tidy", "--older-than", "0s")
        if tidied.code:
            verdict.wrong.append(f"tidy ends with {tidied.code}: {tidied.err.strip()}")
        verdict.say(f"tidy leaves {name}" for name in stage.litter())
    return verdict


def after(stage: Stage, ran: Ran, codes: tuple[int, ...] = FAILED) -> Iterator[str]:
    """The faults right after a run."""
    with stage.still():
        yield from _after(stage, ran, codes)


def _after(stage: Stage, ran: Ran, codes: tuple[int, ...]) -> Iterator[str]:
    yield from spoken(ran)
    yield from whole(stage)
    yield from listed(stage, stale(stage, ran))
    yield from kept(stage)
    finished = complete(stage)
    if ran.code == 0 and not finished and "source.over" not in ran.out:  # an expired link is only reported
        yield f"exit code 0, and not all is published: {_missing(stage)}"
    elif ran.code not in (0, *codes):
        yield f"exit code {ran.code}"
    elif ran.code in FAILED and finished and not _told(ran):
        yield f"exit code {ran.code}, and all is published and nothing told"


def spoken(ran: Ran) -> Iterator[str]:
    """Wrong or missing messages."""
    if ran.hung:
        yield "it hangs"
    for text in (ran.out, ran.err):
        if found := OURS.search(text):
            yield f"says {text[found.start() : found.end() + 60]!r}"
        if found := SECRETS.search(text):
            yield f"tells a secret: {text[max(0, found.start() - 60) : found.end()]!r}"
    if ran.code > 0 and not ran.err.strip() and not ran.out.strip():
        yield f"exit code {ran.code} without a word"


def whole(stage: Stage) -> Iterator[str]:
    """Each public file has the complete old bytes, or the complete new ones."""
    public = stage.public()
    for name, content in public.items():
        if content not in (stage.old.get(name), stage.new.get(name)):
            yield f"{name} is neither old nor new: {len(content)} bytes"
    for name in stage.old.keys() & stage.new.keys() - public.keys():
        yield f"{name} is not there any more"
    held = stage.held()
    for name, content in stage.beside.items():
        if held.get(name) != content:
            yield f"{name}, which is not an asset, was touched"
    if stage.mine:
        yield from stage.mine.touched()


def stale(stage: Stage, ran: Ran) -> set[str]:
    """Files in place that the user changed or removed, unseen by the run, as its listing failed."""
    failed = 'message": "source clips: ' in ran.out
    return {name for name in stage.old if not stays(stage, name)} if stage.mine and failed else set()


def listed(stage: Stage, stale: Collection[str] = ()) -> Iterator[str]:
    """The manifest lists only files that are served, with their hash.

    A manifest that could not be written is the old one: its URLs serve the old bytes, or the new ones. A file
    in place that its user removed is gone at once.
    """
    public = stage.public()
    if not stage.manifest_written():
        gone = [name for name in stage.old if name not in public and not stage.mine]
        yield from (f"the manifest of before lists {name}, which is not served" for name in gone)
        return
    try:
        items = stage.manifest()
    except (OSError, ValueError, KeyError) as error:
        yield f"the manifest can't be read: {error}"
        return
    for item in items:
        name = item["url"].removeprefix(stage.place.url)
        if name in stale:
            continue
        if name not in public:
            yield f"the manifest lists {name}, which is not served"
        elif _sha(public[name]) != item["sha256"]:
            yield f"the manifest has another hash of {name} than is served"


def kept(stage: Stage) -> Iterator[str]:
    """A published file that is still served is still listed, whatever happened to its replacement.

    Unless the catalogue has a reason: on a busy machine a look may take too long. The new bytes of a file in
    place are served at once.
    """
    if stage.blind or not stage.manifest_written():
        return
    public, told = stage.public(), stage.listed()
    served = {name for name in stage.old.keys() & stage.new.keys() & public.keys() if stays(stage, name)}
    for name in sorted(served - told.keys() - stage.unlisted()):
        yield f"{name} is served, and the manifest does not list it any more"


def stays(stage: Stage, name: str) -> bool:
    return not stage.mine or stage.old[name] == stage.new.get(name)


def complete(stage: Stage) -> bool:
    return not _missing(stage)


def _missing(stage: Stage) -> list[str]:
    try:
        told = stage.listed()
    except (OSError, ValueError, KeyError):
        return ["the manifest"]
    wrong = [name for name, content in stage.new.items() if told.get(name) != _sha(content)]
    wrong += [f"{name} is still listed" for name in told.keys() - stage.new.keys()]
    public = stage.public()
    wrong += [f"{name} is not served" for name, content in stage.new.items() if public.get(name) != content]
    return wrong + [f"{name} is still there" for name in public.keys() - stage.new.keys()]


def _completes(stage: Stage, ran: Ran) -> Iterator[str]:
    if ran.code:
        yield f"next run: exit code {ran.code}: {_why(ran)}"
    with stage.still():
        if missing := _missing(stage):
            yield f"next run: not all is published: {missing}"
        yield from (f"next run: {each}" for each in (*whole(stage), *listed(stage)))


def _copied(ran: Ran) -> set[str]:
    return {name_of(event["key"]) for event in ran.events if event["event"] in ("published", "unseen")}


def _told(ran: Ran) -> bool:
    try:
        said: dict[str, Any] = ran.json
    except ValueError:
        return bool(ran.err.strip())
    return bool(said["errors"]) or any(said["counts"].get(word) for word in ("failed", "stored"))


def _why(ran: Ran) -> str:
    texts = [f"{event.get('key')}: {event.get('message')}" for event in ran.events if "message" in event]
    return " | ".join([*texts, *(line for line in ran.err.splitlines() if not line.startswith("{"))])[:600]


def _sha(content: bytes) -> str:
    return sha256(content).hexdigest()
