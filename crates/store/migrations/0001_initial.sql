-- The tables bear the stages' words. Identifiers are 16-byte blobs, words are text, and columns exist
-- for what is filtered, joined or counted; everything else of a row is in `payload`, which is JSON,
-- compressed with Zstandard where it is large.

CREATE TABLE meta (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;

-- `position` is the place in the current corpus; NULL for sources that the current corpus does not
-- resolve to. Their rows stay, so that going back to an older commit costs nothing, but no query of a
-- later stage or of an export sees them.
CREATE TABLE sources (
    id BLOB PRIMARY KEY,
    position INTEGER,
    name TEXT NOT NULL,
    payload TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE blobs (
    id TEXT PRIMARY KEY,
    bytes INTEGER NOT NULL,
    content BLOB NOT NULL
);

CREATE TABLE files (
    id BLOB PRIMARY KEY,
    source BLOB NOT NULL REFERENCES sources (id) ON DELETE CASCADE,
    path TEXT NOT NULL,
    blob TEXT NOT NULL REFERENCES blobs (id),
    bytes INTEGER NOT NULL,
    license TEXT,
    permissive INTEGER NOT NULL,
    payload TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX files_by_source ON files (source, path);
CREATE INDEX files_by_blob ON files (blob);

CREATE TABLE units (
    id BLOB PRIMARY KEY,
    source BLOB NOT NULL REFERENCES sources (id) ON DELETE CASCADE,
    file BLOB NOT NULL REFERENCES files (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    payload TEXT NOT NULL
);
CREATE INDEX units_by_source ON units (source, kind);
CREATE INDEX units_by_file ON units (file);

-- One row per sighting: the same text found in two places has one identifier and two rows.
CREATE TABLE programs (
    id BLOB NOT NULL,
    unit BLOB NOT NULL REFERENCES units (id) ON DELETE CASCADE,
    source BLOB NOT NULL REFERENCES sources (id) ON DELETE CASCADE,
    file BLOB NOT NULL REFERENCES files (id) ON DELETE CASCADE,
    entry TEXT NOT NULL,
    payload BLOB NOT NULL
);
CREATE UNIQUE INDEX programs_by_id ON programs (id, unit, source, file);
CREATE INDEX programs_by_source ON programs (source);
CREATE INDEX programs_by_unit ON programs (unit);
CREATE INDEX programs_by_file ON programs (file);

-- One row per sighting, like programs.
CREATE TABLE calls (
    id BLOB NOT NULL,
    source BLOB NOT NULL REFERENCES sources (id) ON DELETE CASCADE,
    program BLOB NOT NULL,
    kind TEXT NOT NULL,
    payload TEXT NOT NULL
);
CREATE UNIQUE INDEX calls_by_id ON calls (id, source);
CREATE INDEX calls_by_program ON calls (program, id, source);
CREATE INDEX calls_by_source ON calls (source, kind);

CREATE TABLE runs (
    id BLOB NOT NULL,
    program BLOB NOT NULL,
    call BLOB NOT NULL,
    outcome TEXT NOT NULL,
    verdict TEXT NOT NULL,
    python TEXT NOT NULL,
    sandbox TEXT NOT NULL,
    payload BLOB NOT NULL
);
CREATE UNIQUE INDEX runs_by_id ON runs (id);
CREATE INDEX runs_by_program ON runs (program, id, call, outcome, verdict);

-- The payload is the exported record itself, byte for byte the line that an export writes.
CREATE TABLE samples (
    id BLOB NOT NULL,
    program BLOB NOT NULL,
    run BLOB,
    file BLOB NOT NULL,
    kind TEXT NOT NULL,
    split TEXT NOT NULL,
    permissive INTEGER NOT NULL,
    linked_runs BLOB NOT NULL,
    payload BLOB NOT NULL
);
-- Two programs with the same text and different entries may give the same question, so the program
-- is part of the key. The further columns let filters and counts do without the large rows.
CREATE UNIQUE INDEX samples_by_id ON samples (id, program, file, kind, split, permissive);
CREATE INDEX samples_by_program ON samples (program);

-- What was left out. `owner` is the source (crawl, extract) or the program (trace, sample) whose
-- recomputation replaces the row; for a source that could not be read, a hash of its name.
CREATE TABLE drops (
    stage TEXT NOT NULL,
    owner BLOB NOT NULL,
    reason TEXT NOT NULL,
    subject TEXT NOT NULL,
    detail TEXT NOT NULL
);
CREATE INDEX drops_by_owner ON drops (owner, stage);
CREATE INDEX drops_by_reason ON drops (stage, reason, subject, detail);

-- Finished work. A key hashes the input's identifiers, the stage's version and its settings.
CREATE TABLE done (
    stage TEXT NOT NULL,
    key BLOB NOT NULL,
    owner BLOB NOT NULL,
    PRIMARY KEY (stage, key, owner)
) WITHOUT ROWID;
CREATE INDEX done_by_owner ON done (owner, stage);
