-- What selections of samples look at, in rows of some eighty bytes, so that choosing among a million samples
-- does not read their texts. A sample of an older store has no row here until `tracestone sample` makes it again.
CREATE TABLE sample_facts (
    id BLOB NOT NULL,
    program BLOB NOT NULL,
    -- Origin of the call; NULL for `annotated`.
    origin TEXT,
    -- A hash of the answer's text.
    answer INTEGER NOT NULL,
    -- Signs of a less telling question: see `Sign` in the crate `mix`.
    trivial INTEGER NOT NULL,
    plain INTEGER NOT NULL,
    following INTEGER NOT NULL,
    short INTEGER NOT NULL,
    first INTEGER NOT NULL,
    -- Facts; NULL where the kind of question has no such number.
    steps INTEGER,
    lines INTEGER,
    depth INTEGER,
    branches INTEGER,
    loops INTEGER,
    loop_depth INTEGER,
    calls INTEGER,
    value_bytes INTEGER,
    answer_bytes INTEGER,
    program_lines INTEGER,
    answer_in_prompt INTEGER,
    many_inputs INTEGER,
    occurrence INTEGER,
    slice_steps INTEGER,
    slice_width INTEGER,
    prompt_tokens INTEGER,
    frame_tokens INTEGER,
    difficulty INTEGER,
    PRIMARY KEY (id, program)
) WITHOUT ROWID;

CREATE TRIGGER sample_facts_follow AFTER DELETE ON samples
BEGIN
    DELETE FROM sample_facts WHERE id = old.id AND program = old.program;
END;
