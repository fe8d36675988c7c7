-- What was seen of tests of a source when they ran, by a key of everything that it depends on.
CREATE TABLE test_reports (
    key BLOB PRIMARY KEY,
    source BLOB NOT NULL REFERENCES sources (id) ON DELETE CASCADE,
    payload BLOB NOT NULL
) WITHOUT ROWID;
CREATE INDEX test_reports_by_source ON test_reports (source);
