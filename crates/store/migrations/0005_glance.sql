-- What is counted of samples, in an index, so that a million of them can be counted and filtered without
-- reading their rows. The functions are known to every SQLite that has JSON: an operator like `->>` would keep
-- older ones from opening the store.
CREATE INDEX samples_at_a_glance ON samples (
    program,
    file,
    run,
    id,
    kind,
    split,
    permissive,
    json_extract(facts, '$.steps'),
    json_extract(facts, '$.answer_bytes'),
    json_extract(facts, '$.program_lines'),
    json_extract(facts, '$.answer_in_prompt'),
    json_array_length(facts, '$.trivial'),
    CASE WHEN length(answer) <= 16 THEN answer END
);
