-- The files that the packages of a source need when they run: all Python files of the revision, and what lies
-- beside them in packages.
CREATE TABLE tree_files (
    source BLOB NOT NULL REFERENCES sources (id) ON DELETE CASCADE,
    path TEXT NOT NULL,
    blob TEXT NOT NULL REFERENCES blobs (id),
    -- Whether it is no file of the revision, but made in the place of what a build would write.
    made INTEGER NOT NULL,
    PRIMARY KEY (source, path)
) WITHOUT ROWID;
CREATE INDEX tree_files_by_blob ON tree_files (blob);

-- The module that a program runs as a part of; NULL where its text is what runs.
ALTER TABLE programs ADD COLUMN module TEXT;

-- How a program runs in its own package, as in the exported record; NULL where its text is what runs.
ALTER TABLE program_texts ADD COLUMN package TEXT;
