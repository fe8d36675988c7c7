-- Programs that were run on the inputs of benchmarks: what they have in common with them, as JSON, under a key of
-- the benchmarks.
CREATE TABLE behaviours (
    program BLOB PRIMARY KEY,
    key BLOB NOT NULL,
    hits TEXT NOT NULL
) WITHOUT ROWID;
