-- All of syncer's state, except interrupted uploads (`uploads.py`). If this file is lost, everything is copied
-- once more, and no published byte is lost. `seal` is a check value of its row's other columns (seals.py), as
-- SQLite does not notice a flipped byte in a text.
--
-- Times are UTC, RFC 3339 with microseconds, so that they sort as text. Hashes are hex. JSON columns
-- hold arrays or objects as `syncer.model` names their fields.

-- One row per asset that was ever listed: what syncer knows of it, and its state.
CREATE TABLE entry (
    source       TEXT NOT NULL,                -- name of the source in the config
    key          TEXT NOT NULL,                -- the asset's identity within it
    state        TEXT NOT NULL CHECK (state IN (
        'published',                           -- at its URL, and seen there: in the manifest
        'stored',                              -- at the destination, not seen at its URL: the next run looks again
        'rejected',                            -- the platform would refuse this version: not copied
        'failed',                              -- the next run tries again
        'doomed'                               -- about to be deleted: out of the manifest already
    )),
    version      TEXT,                         -- the source's version that has this state
    path         TEXT UNIQUE,                  -- public path, relative to the origin; NULL before anything was stored
    url          TEXT NOT NULL DEFAULT '',     -- path as a URL: the stable one; '' without a path
    size         INTEGER,                      -- bytes
    sha256       TEXT,                         -- of all bytes
    head_sha256  TEXT,                         -- of the first 64 KiB, which a look at the URL compares
    media_type   TEXT,                         -- from the bytes
    facts        TEXT NOT NULL DEFAULT '{}',   -- JSON object: media facts from the bytes
    findings     TEXT NOT NULL DEFAULT '[]',   -- JSON array: verdicts of the rules
    error        TEXT,                         -- JSON object: why it failed
    attempts     INTEGER NOT NULL DEFAULT 0,   -- runs that failed in a row
    published_at TEXT,                         -- when these bytes were first seen at the URL
    checked_at   TEXT,                         -- the last look at the URL; NULL: none since the destination changed
    gone_since   TEXT,                         -- when a complete listing first lacked the asset
    verified_by  TEXT,                         -- name of the source's hash that the bytes match
    seal         INTEGER NOT NULL DEFAULT 0,   -- check value of the row, see seals.py
    in_place     INTEGER NOT NULL DEFAULT 0,   -- 1: the file at the path is the user's own, never deleted
    found        INTEGER NOT NULL DEFAULT 0,   -- 1: somebody else wrote the same bytes there: never replaced or deleted
    doubted      INTEGER NOT NULL DEFAULT 0,   -- 1: not ours until its bytes at the destination were compared
    PRIMARY KEY (source, key)
) STRICT, WITHOUT ROWID;

-- The order of the manifest.
CREATE INDEX entry_by_url ON entry (url, source, key);

-- Paths that an asset left for another one (its path template or its hash changed). The bytes are still
-- public; `delete` in the config says for how long. If a user unpublished the file, every run tries to delete
-- it, and the row stays until the file is gone.
CREATE TABLE retired (
    path   TEXT PRIMARY KEY,
    source TEXT NOT NULL,
    key    TEXT NOT NULL,
    since  TEXT NOT NULL,
    seal   INTEGER NOT NULL DEFAULT 0,
    sha256 TEXT,                               -- of the bytes that syncer left there; NULL is unknown
    unpublished INTEGER NOT NULL DEFAULT 0     -- by a user. 1: syncer left it here; 2: the destination changed since,
                                               -- and nothing shows that syncer left it here; 3: something does;
                                               -- 4: it was not here when it was to be deleted
                                               -- Not by a user: 5: syncer left it here before the destination
                                               -- changed, and no entry has its path now
) STRICT, WITHOUT ROWID;

-- Files that a user unpublished, by the destination of that time, until a file is published at the path again.
-- Another disk or destination may still have one: after each change they become `retired` again.
CREATE TABLE recalled (
    place  TEXT NOT NULL,                      -- of the destination, in words: kind, host, root; no secrets;
                                               -- empty for a file that syncer found there and did not write
    path   TEXT NOT NULL,
    source TEXT NOT NULL,
    key    TEXT NOT NULL,
    since  TEXT NOT NULL,
    sha256 TEXT NOT NULL,                      -- of all bytes
    head_sha256 TEXT,                          -- of the first 64 KiB; NULL is unknown
    seal   INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (place, path)
) STRICT, WITHOUT ROWID;

-- Files that a user unpublished, after other bytes were published at their paths. A backup may bring one back.
CREATE TABLE superseded (
    path   TEXT NOT NULL,
    sha256 TEXT NOT NULL,                      -- of all bytes
    source TEXT NOT NULL,
    key    TEXT NOT NULL,
    since  TEXT NOT NULL,
    seal   INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (path, sha256)
) STRICT, WITHOUT ROWID;

-- Paths that syncer wrote at earlier destinations. If the config returns to one, a file there is ours again
-- if it still has these bytes; if no entry has its path any more, it becomes `retired`.
CREATE TABLE wrote (
    place TEXT NOT NULL,                       -- of the destination, in words: kind, host, root; no secrets
    path  TEXT NOT NULL,
    seal  INTEGER NOT NULL DEFAULT 0,
    sha256 TEXT,                               -- of the bytes that syncer left there; NULL is unknown
    source TEXT NOT NULL DEFAULT '',           -- of the asset
    key    TEXT NOT NULL DEFAULT '',
    since  TEXT NOT NULL DEFAULT '',           -- when its asset was gone or left the path; '' before this is known
    PRIMARY KEY (place, path)
) STRICT, WITHOUT ROWID;

-- What somebody unpublished by hand: the asset is not published again while it has these bytes or this version.
CREATE TABLE withdrawn (
    source  TEXT NOT NULL,
    key     TEXT NOT NULL,
    sha256  TEXT NOT NULL,                     -- of the bytes that were unpublished; empty is unknown
    version TEXT NOT NULL,                     -- the source's newest version with these bytes; empty is unknown
    since   TEXT NOT NULL,
    seal    INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (source, key, sha256)
) STRICT, WITHOUT ROWID;

CREATE INDEX withdrawn_by_bytes ON withdrawn (sha256);

-- The config's origin and destination, so that two configs in one folder do not share it by mistake. One row
-- at most.
CREATE TABLE belongs (
    number      INTEGER PRIMARY KEY CHECK (number = 1),
    origin      TEXT NOT NULL,                 -- its URL
    destination TEXT NOT NULL,                 -- in words: kind, host, root; no secrets
    seal        INTEGER NOT NULL DEFAULT 0
) STRICT;

-- The owner mark that this catalogue left at each destination.
CREATE TABLE tenure (
    place     TEXT PRIMARY KEY,                -- of the destination, in words: kind, host, root; no secrets
    catalogue TEXT NOT NULL,                   -- random name of this catalogue
    turn      TEXT,                            -- random name of the last run that wrote there; NULL matches any
    before    TEXT,                            -- the run before it, whose mark may still be there; then, after spaces,
                                               -- the runs of this catalogue that wrote there, newest first
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

-- One row per `sync`, for the last 1000. A row without an end is a run that is still going on, or was killed.
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

-- One row per draft that was sent to the platform. It is written before the request, so a draft whose sender was
-- killed is known to be uncertain. A sender holds its own lock, not the run's.
CREATE TABLE push (
    number     INTEGER PRIMARY KEY,
    state      TEXT NOT NULL CHECK (state IN (
        'sending',                             -- the request is on its way, or its sender was killed
        'unsure',                              -- no answer came: the platform may have accepted it
        'refused',                             -- not accepted: may be sent again
        'sent',                                -- accepted: syncer follows its status
        'arrived',                             -- in the user's inbox, or posted from there
        'failed'                               -- accepted, but given up by the platform
    )),
    sent_at    TEXT NOT NULL,                  -- when the request was answered, or else begun
    publish_id TEXT,                           -- the platform's name for it
    status     TEXT,                           -- the platform's word for its status
    code       TEXT,                           -- the platform's word for why it was refused or failed
    looked_at  TEXT,                           -- when its status was last requested
    ended_at   TEXT,
    seal       INTEGER NOT NULL DEFAULT 0
) STRICT;

-- The media of the drafts: one row for a video, one for each photo.
CREATE TABLE pushed (
    push       INTEGER NOT NULL REFERENCES push (number),
    position   INTEGER NOT NULL,
    identity   TEXT NOT NULL,                  -- hash of URL and bytes: never sent twice
    url        TEXT NOT NULL,                  -- without the query, which may be a signature
    sha256     TEXT,
    source     TEXT,                           -- NULL if syncer did not publish it
    key        TEXT,
    seal       INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (push, position)
) STRICT, WITHOUT ROWID;

CREATE INDEX pushed_by_identity ON pushed (identity);
