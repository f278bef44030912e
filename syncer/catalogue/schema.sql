-- All the state there is, but for where uploads broke off (`uploads.py`). What is not here syncer does not
-- remember; losing this file costs one more copy of everything, never a published byte. `seal` is a check
-- value of its row's other columns (seals.py): SQLite has none, and a flipped byte in a text would be taken
-- for the truth.
--
-- Times are UTC, RFC 3339 with microseconds, so that they sort as text. Hashes are hex. JSON columns
-- hold arrays or objects as `syncer.model` names their fields.

-- One row per asset that was ever met: what we know of it, and where it stands.
CREATE TABLE entry (
    source       TEXT NOT NULL,                -- name of the source in the config
    key          TEXT NOT NULL,                -- the asset's identity within it
    state        TEXT NOT NULL CHECK (state IN (
        'published',                           -- at its URL, and seen there: in the manifest
        'stored',                              -- at the destination, not seen at its URL: looked at again
        'rejected',                            -- the platform would refuse this version: not copied
        'failed',                              -- to be tried again in the next run
        'doomed'                               -- about to be deleted: out of the manifest already
    )),
    version      TEXT,                         -- the source's version that `state` speaks of
    path         TEXT UNIQUE,                  -- public path, relative to the origin; NULL before anything was stored
    url          TEXT NOT NULL DEFAULT '',     -- path as a URL: the stable one; '' without a path
    size         INTEGER,                      -- bytes
    sha256       TEXT,                         -- of all bytes
    head_sha256  TEXT,                         -- of the first 64 KiB: what a look at the URL is compared with
    media_type   TEXT,                         -- from the bytes
    facts        TEXT NOT NULL DEFAULT '{}',   -- JSON object: what the bytes say
    findings     TEXT NOT NULL DEFAULT '[]',   -- JSON array: verdicts of the rules
    error        TEXT,                         -- JSON object: why it failed
    attempts     INTEGER NOT NULL DEFAULT 0,   -- runs that failed in a row
    published_at TEXT,                         -- these bytes were first seen at the URL
    checked_at   TEXT,                         -- the URL was last looked at; NULL: never since the destination changed
    gone_since   TEXT,                         -- a complete listing first lacked the asset
    verified_by  TEXT,                         -- the source's own hash that the bytes agree with
    seal         INTEGER NOT NULL DEFAULT 0,   -- check value of the row, see seals.py
    in_place     INTEGER NOT NULL DEFAULT 0,   -- 1: the file at the path is the user's own, never deleted
    found        INTEGER NOT NULL DEFAULT 0,   -- 1: it lay there before, with the same bytes: never replaced or deleted
    doubted      INTEGER NOT NULL DEFAULT 0,   -- 1: not ours until all bytes at its URL were compared
    PRIMARY KEY (source, key)
) STRICT, WITHOUT ROWID;

-- The manifest reads in this order, and in this order only.
CREATE INDEX entry_by_url ON entry (url, source, key);

-- Paths that an asset left for another one (its path template or its hash changed). The bytes are still
-- public; `delete` in the config says for how long.
CREATE TABLE retired (
    path   TEXT PRIMARY KEY,
    source TEXT NOT NULL,
    key    TEXT NOT NULL,
    since  TEXT NOT NULL,
    seal   INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

-- Paths that syncer wrote at destinations that it left for another one: they are ours if it comes back.
CREATE TABLE wrote (
    place TEXT NOT NULL,                       -- of the destination, in words: kind, host, root; no secrets
    path  TEXT NOT NULL,
    seal  INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (place, path)
) STRICT, WITHOUT ROWID;

-- Assets that somebody unpublished by hand: not copied again while their version stays the same.
CREATE TABLE withdrawn (
    source  TEXT NOT NULL,
    key     TEXT NOT NULL,
    version TEXT NOT NULL,                     -- the source's version that was taken back
    since   TEXT NOT NULL,
    seal    INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (source, key)
) STRICT, WITHOUT ROWID;

-- Whose catalogue it is, so that two configs in one folder do not share it by mistake. One row at most.
CREATE TABLE belongs (
    number      INTEGER PRIMARY KEY CHECK (number = 1),
    origin      TEXT NOT NULL,                 -- its URL
    destination TEXT NOT NULL,                 -- in words: kind, host, root; no secrets
    seal        INTEGER NOT NULL DEFAULT 0
) STRICT;

-- By destination, the owner mark that this catalogue left there.
CREATE TABLE tenure (
    place     TEXT PRIMARY KEY,                -- of the destination, in words: kind, host, root; no secrets
    catalogue TEXT NOT NULL,                   -- random name of this catalogue
    turn      TEXT,                            -- random name of the last run that wrote there; NULL takes any
    before    TEXT,                            -- the one before, whose mark may be there still
    seal      INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

-- Signature files that `bootstrap` placed. Never deleted, here or at the origin.
CREATE TABLE proof (
    path       TEXT PRIMARY KEY,
    url        TEXT NOT NULL,
    sha256     TEXT NOT NULL,
    placed_at  TEXT NOT NULL,
    checked_at TEXT,                           -- last seen at its URL
    seal       INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

-- One row per `sync`, the last 1000. A row without an end belongs to a run that is going on, or was killed.
CREATE TABLE run (
    number     INTEGER PRIMARY KEY,
    started_at TEXT NOT NULL,
    ended_at   TEXT,
    exit_code  INTEGER,
    counts     TEXT NOT NULL DEFAULT '{}',     -- JSON object: outcomes by name
    error      TEXT,                           -- why it ended early
    findings   TEXT NOT NULL DEFAULT '[]',     -- JSON array: its warnings
    seal       INTEGER NOT NULL DEFAULT 0
) STRICT;

-- One row per draft that was sent to the platform, written before the request: what was killed in between
-- is known to be uncertain. Whoever sends holds a lock of its own, not the run's.
CREATE TABLE push (
    number     INTEGER PRIMARY KEY,
    state      TEXT NOT NULL CHECK (state IN (
        'sending',                             -- the request is on its way, or its sender was killed
        'unsure',                              -- no answer came: the platform may have taken it
        'refused',                             -- not taken: may be sent again
        'sent',                                -- taken: its status is followed
        'arrived',                             -- in the user's inbox, or posted from there
        'failed'                               -- taken, and given up by the platform
    )),
    sent_at    TEXT NOT NULL,                  -- the request was answered, or else begun
    publish_id TEXT,                           -- the platform's name for it
    status     TEXT,                           -- the platform's word for where it stands
    code       TEXT,                           -- the platform's word for why it was refused or failed
    looked_at  TEXT,                           -- its status was last asked for
    ended_at   TEXT,
    seal       INTEGER NOT NULL DEFAULT 0
) STRICT;

-- What the drafts hold: one row for a video, one for each photo.
CREATE TABLE pushed (
    push       INTEGER NOT NULL REFERENCES push (number),
    position   INTEGER NOT NULL,
    identity   TEXT NOT NULL,                  -- hash of URL and bytes: never sent twice
    url        TEXT NOT NULL,                  -- without query, which may be a signature
    sha256     TEXT,
    source     TEXT,                           -- NULL of what syncer did not publish
    key        TEXT,
    seal       INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (push, position)
) STRICT, WITHOUT ROWID;

CREATE INDEX pushed_by_identity ON pushed (identity);
