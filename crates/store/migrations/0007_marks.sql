-- Marks of `curate`: what exports leave out by default, by rule, with the evidence. `kind` is `program` (with all
-- its samples) or `sample`.
CREATE TABLE marks (
    kind TEXT NOT NULL,
    subject BLOB NOT NULL,
    rule TEXT NOT NULL,
    evidence TEXT NOT NULL
);
CREATE INDEX marks_by_subject ON marks (kind, subject, rule);
CREATE INDEX marks_by_rule ON marks (rule, kind, subject);

-- The cluster of each program: the smallest identifier among the programs that are nearly the same.
CREATE TABLE clusters (
    program BLOB PRIMARY KEY,
    cluster BLOB NOT NULL
) WITHOUT ROWID;
CREATE INDEX clusters_by_cluster ON clusters (cluster);

-- Benchmarks that programs are compared with, so that later builds compare new programs with them too.
CREATE TABLE benchmarks (
    name TEXT PRIMARY KEY,
    payload BLOB NOT NULL
) WITHOUT ROWID;

-- What was taken back, and must not be crawled again. `kind` is `owner`, `repository`, `path` or `swhid`.
CREATE TABLE tombstones (
    kind TEXT NOT NULL,
    value TEXT NOT NULL,
    -- Programs and samples that were removed.
    programs INTEGER NOT NULL,
    samples INTEGER NOT NULL,
    PRIMARY KEY (kind, value)
) WITHOUT ROWID;
