-- The texts of a sample as columns, so that plain SQL can read them. What the samples of a program have
-- in common is kept once for each program, and a prompt without the program in it. What is NULL in
-- samples of an older store is in `payload`, which is the whole record there.

ALTER TABLE samples ADD COLUMN setup TEXT;
ALTER TABLE samples ADD COLUMN call TEXT;
-- JSON, as in the exported record.
ALTER TABLE samples ADD COLUMN question TEXT;
ALTER TABLE samples ADD COLUMN facts TEXT;
-- The prompt before and after the program; all of it, and NULL, where the program is shown changed.
ALTER TABLE samples ADD COLUMN prompt_before TEXT;
ALTER TABLE samples ADD COLUMN prompt_after TEXT;
ALTER TABLE samples ADD COLUMN answer TEXT;
ALTER TABLE samples ADD COLUMN rationale TEXT;
-- Further right answers as a JSON list; NULL where there are none.
ALTER TABLE samples ADD COLUMN other_answers TEXT;

CREATE TABLE program_texts (
    program BLOB PRIMARY KEY,
    text TEXT NOT NULL,
    -- JSON, as in the exported record; the evidence without the hash of a trace.
    provenance TEXT NOT NULL,
    evidence TEXT NOT NULL
);

-- The current samples for a reader of SQL; `export` writes the same question once, where here each
-- program that asks it has a row.
CREATE VIEW questions AS
SELECT
    lower(hex(m.id)) AS id,
    m.kind,
    m.split,
    s.name AS source,
    f.path,
    coalesce(f.license, 'NOASSERTION') AS license,
    m.permissive,
    t.text AS program,
    m.setup,
    m.call,
    m.question,
    CASE WHEN m.prompt_after IS NULL THEN m.prompt_before
        ELSE m.prompt_before || t.text || m.prompt_after END AS prompt,
    m.answer,
    m.other_answers,
    m.rationale,
    m.facts,
    t.provenance
FROM samples m
JOIN files f ON f.id = m.file
JOIN sources s ON s.id = f.source
LEFT JOIN program_texts t ON t.program = m.program
WHERE s.position IS NOT NULL
    AND EXISTS (SELECT 1 FROM programs p WHERE p.id = m.program AND p.file = m.file);
