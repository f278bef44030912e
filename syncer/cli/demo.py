"""`syncer demo`: the whole job on this machine."""

from __future__ import annotations

import fcntl
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, nullcontext, redirect_stdout, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

from syncer.cli.options import LocalPath, json_option
from syncer.errors import Exit
from syncer.mirror import Mirror

if TYPE_CHECKING:
    from syncer.config import Config
    from syncer.serving import Running

TOKEN = "SyncerDemoSyncerDemoSyncerDemo00"  # noqa: S105 - proves nothing to anyone
"""It has the form of TikTok's tokens, and TikTok does not know it."""

CONFIG = """\
# Made by `syncer demo`: the smallest config that does the whole job, on this machine alone.
origin:
  url: https://localhost:{port}/
  property: https://localhost:{port}/
  signature_files: [tiktok{token}.txt]
  ca: ca/ca.pem                  # the private CA of `syncer serve`
  destination: {{kind: local, root: public}}
sources:
  holiday: {{kind: local, root: media, path: "holiday/{{key}}"}}
manifest: [urls.json, urls.csv, urls.txt]
"""


@click.command("demo")
@click.argument("folder", default="syncer-demo", type=LocalPath(path_type=Path, file_okay=False))
@json_option
def command(folder: Path, as_json: bool) -> int:  # noqa: FBT001 - click passes it
    """Do the whole job in FOLDER, with sample media.

    It starts an HTTPS origin on this machine, and runs bootstrap, sync and check.
    """
    from syncer.cli.bootstrap import bootstrap, list_trial_steps
    from syncer.cli.check import check_published
    from syncer.cli.sync import sync

    # With --json, stdout gets only the manifest.
    quiet = redirect_stdout(sys.stderr) if as_json else nullcontext()
    with ExitStack() as kept:
        file, new = _prepare(folder, kept)
        config, running = _started(file, new=new)
        kept.enter_context(running)
        kept.enter_context(quiet)
        _title(f"1. A local HTTPS origin serves {folder / 'public'}")
        _title("2. Prove that it is yours: syncer bootstrap")
        proven = bootstrap(Mirror(config), 10, as_json=False, by_hand=False)
        list_trial_steps(config.origin.url)
        _title("3. Copy, and look at each public URL as TikTok would: syncer sync")
        synced = sync(Mirror(config), "text", as_json=False)
        _title("4. Would TikTok accept them? syncer check")
        checked = check_published(Mirror(config), as_json=False)
    _title("5. The stable URLs: syncer urls")
    click.echo((folder / ("urls.json" if as_json else "urls.txt")).read_text(), nl=False)
    _whats_next(file)
    # TikTok refuses one of the samples.
    well = proven == checked == Exit.OK and synced == Exit.REJECTED
    return Exit.OK if well else Exit.ERROR


def _whats_next(file: Path) -> None:
    _title("Now you:")
    program, (url, *_) = _program(), (file.parent / "urls.txt").read_text().splitlines()
    click.echo(f"  {program} serve -c {file}", err=True)
    click.echo("      keeps the origin up; then, in another terminal:", err=True)
    click.echo(f"  curl --cacert {file.parent / 'ca/ca.pem'} -I {url}", err=True)
    click.echo(f"  {program} sync -c {file}", err=True)
    click.echo(
        "      copies nothing, because nothing changed; exit code 4 stands for the rejected file", err=True
    )


def _program() -> str:
    """The name that syncer was called by, so that the user can type the printed commands."""
    called = sys.argv[0]
    if called.endswith("__main__.py"):
        return "python -m syncer"
    return "syncer" if shutil.which("syncer") == called else called


def _prepare(folder: Path, kept: ExitStack) -> tuple[Path, bool]:
    """The config file, and whether it is new. Existing files stay: a second demo continues the first."""
    from syncer.errors import SyncerError
    from syncer.serving import samples
    from syncer.serving.authority import Authority, require_extra

    require_extra()
    file = folder / "config.yaml"
    try:
        if not _may_use(folder, file):
            raise SyncerError(f"{folder} is not empty, and no demo made it", hint="name another folder")
        folder.mkdir(parents=True, exist_ok=True)
        kept.enter_context(_alone(folder))
        # The config comes first: the next demo recognises the folder by it, if this one is killed.
        new = _configure(file)
        for place in ("media", "public"):
            (folder / place).mkdir(exist_ok=True)
        _add(folder / f"tiktok{TOKEN}.txt", f"tiktok-developers-site-verification={TOKEN}".encode())
        for sample in samples.paths():
            _add(folder / "media" / sample.name, sample.read_bytes())
    except OSError as error:
        raise SyncerError(f"{error.filename} can't be made: {error.strerror}") from None
    Authority(folder / "ca")
    return file, new


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Raises `Locked` if another demo runs in the folder."""
    from syncer.errors import Locked

    handle = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Locked(f"another demo runs in {folder}", hint="wait until it ends") from None
        yield
    finally:
        os.close(handle)


def _configure(file: Path) -> bool:
    from syncer.serving import DEFAULT_PORT, free_port

    return _add(file, CONFIG.format(port=free_port(DEFAULT_PORT), token=TOKEN).encode())


def _may_use(folder: Path, file: Path) -> bool:
    """Whether it is a new folder, an empty one, or one of a demo."""
    if not folder.exists() or not any(folder.iterdir()):
        return True
    first = CONFIG.splitlines()[0].encode()
    return file.is_file() and file.read_bytes().splitlines()[:1] == [first]


def _add(file: Path, content: bytes) -> bool:
    """Write the file, unless it exists. Returns whether it was written."""
    with suppress(FileExistsError), file.open("xb") as stream:
        stream.write(content)
        return True
    return False


def _started(file: Path, *, new: bool) -> tuple[Config, Running]:
    from syncer.cli.serve import local_origin
    from syncer.config import load
    from syncer.errors import SyncerError

    config = load(file)
    try:
        return config, local_origin(config, log=lambda _line: None).start()
    except SyncerError as error:
        if error.code != "serve.port":
            raise
        if new:  # another program took the port after it was chosen
            file.unlink()
            return _started(file, new=not _configure(file))
        stop = f"stop what runs there (another demo, or syncer serve, of {file.parent}?)"
        error.hint = f"{stop}, or name another folder: it gets a port of its own"
        raise


def _title(text: str) -> None:
    click.echo(f"\n{text}", err=True)
