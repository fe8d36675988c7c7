//! The dataset card: `README.md` with the YAML header that the Hugging Face hub reads.

mod fields;
mod filters;
mod header;
mod inputs;
mod measures;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use tracestone_files::Staging;
use tracestone_record::{Counts, SampleKind, Split, outside};

use super::file::HashedFile;
use super::{ExportedFile, Format, Manifest, Order, Result, Style, plots};

/// Sources listed by name; the manifest lists all.
const SOURCES_SHOWN: usize = 100;

/// Writes the card of an export whose files are `files`.
pub(super) fn write(
    staging: &Staging,
    about: &Manifest,
    files: &[ExportedFile],
) -> Result<ExportedFile> {
    let mut card = HashedFile::create(staging, "README.md")?;
    card.put(text(about, files).as_bytes())?;
    card.finish()
}

fn text(about: &Manifest, files: &[ExportedFile]) -> String {
    let sections = [
        header::text(about, files),
        introduction(about),
        counts(about),
        plots::section(files),
        inputs::section(about),
        filters::section(about),
        measures::section(about),
        loading(about, files),
        fields(about),
        making(about),
        provenance(about),
        licenses(about),
        limits(about),
    ];
    sections.join("\n")
}

pub(super) fn title(about: &Manifest) -> String {
    match about.settings.get("corpus").and_then(|name| name.as_str()) {
        Some(corpus) => format!("Code reasoning from executed programs: {corpus}"),
        None => "Code reasoning from executed programs".to_owned(),
    }
}

/// True if the store says that its programs are Karel's.
fn is_karel(about: &Manifest) -> bool {
    let language = about.settings.get("language");
    language.and_then(serde_json::Value::as_str) == Some("karel")
}

fn introduction(about: &Manifest) -> String {
    if is_karel(about) {
        return format!(
            "# {}\n\n\
             Questions about what programs in Karel do, a small language that tells a hero on a grid \
             what to do, with answers that were observed: programs and worlds were drawn by chance \
             and executed by Tracestone's own interpreter. In some samples the words of a program do \
             not mean what they say; `setup` names what they mean, and the prompt explains it.\n",
            cell(&title(about))
        );
    }
    format!(
        "# {}\n\n\
         Questions about what Python programs do, with answers that were observed: every program was \
         cut out of one of the sources below, executed in a sandbox and traced line by line, and its answers \
         were kept only where a second interpreter process with another hash seed agreed. No answer \
         comes from a model or a heuristic. `annotated` rows pair code with its authors' docstrings \
         and comments instead.\n",
        cell(&title(about))
    )
}

fn counts(about: &Manifest) -> String {
    let mut out = String::from(
        "## Rows\n\n| kind | train | validation | test | all |\n|---|---:|---:|---:|---:|\n",
    );
    let mut totals: BTreeMap<Split, u64> = BTreeMap::new();
    for kind in SampleKind::ALL {
        let Some(by_split) = about.kinds.get(&kind) else {
            continue;
        };
        count_row(&mut out, kind.name(), by_split);
        for (split, count) in by_split {
            *totals.entry(*split).or_default() += count;
        }
    }
    count_row(&mut out, "all", &totals);
    out.push_str(&split(about));
    out
}

/// Section about what the parts of the split share.
fn split(about: &Manifest) -> String {
    if is_karel(about) {
        return "\nEach program has its own `group` and is in one part of the split.\n".to_owned();
    }
    let by = match about.settings.get("split_by").and_then(|by| by.as_str()) {
        Some("source") => "a source",
        Some("file") => "a file",
        Some("unit") => "a top-level function or class",
        _ => return "\nThe parts of the split are kept apart by `group`.\n".to_owned(),
    };
    format!(
        "\nThe parts of the split are kept apart by `group`: {by}, with all that shares the text of a \
         definition with it, directly or over others. So no definition of a program stands in two parts \
         (methods of one or two statements aside), and no `annotated` answer does.\n"
    )
}

fn count_row(out: &mut String, name: &str, by_split: &BTreeMap<Split, u64>) {
    let count = |split| by_split.get(&split).copied().unwrap_or(0);
    let [train, validation, test] = Split::ALL.map(count);
    let all = train + validation + test;
    line(
        out,
        &format!("| `{name}` | {train} | {validation} | {test} | {all} |"),
    );
}

fn loading(about: &Manifest, files: &[ExportedFile]) -> String {
    let first = Split::ALL
        .into_iter()
        .find(|split| {
            about
                .kinds
                .values()
                .any(|by_split| by_split.contains_key(split))
        })
        .unwrap_or(Split::Train);
    let how = match about.format {
        Format::Cruxeval => format!(
            "Each part of the split is a file with the fields of the CRUXEval benchmark, so that its \
             harness can read it; `cruxeval_ids.jsonl` says which sample each row was made from.\n\n{}",
            python(&format!(
                "import json\n\nrows = [json.loads(line) for line in open(\"{}.jsonl\")]",
                first.name()
            ))
        ),
        _ => python(&format!(
            "from datasets import load_dataset\n\n\
             rows = load_dataset(\"path/to/this/folder\", split=\"{}\")\nprint(rows[0])",
            first.name()
        )),
    };
    let order = match about.order {
        Some(Order::Program) => {
            "\nSimilar rows are next to each other, which makes the files several times smaller. For training, \
             shuffle them: `rows.shuffle(seed=0)`, or `rows.sort(\"id\")`, since `id` is a hash.\n"
        }
        _ => "",
    };
    let hashes = if files.is_empty() {
        ""
    } else {
        "\n`manifest.json` lists every file with its size and BLAKE3 hash.\n"
    };
    format!("## How to load it\n\n{how}{order}{hashes}")
}

fn python(code: &str) -> String {
    format!("```python\n{code}\n```\n")
}

fn fields(about: &Manifest) -> String {
    let table = match about.format {
        Format::Jsonl | Format::Parquet => fields::record(),
        Format::Chat => chat(about),
        Format::Cruxeval => fields::table(CRUXEVAL),
        Format::Debugger => fields::table(DEBUGGER),
        Format::Cwm => fields::table(CWM),
        Format::RlTrl => fields::table(&[
            (
                "prompt",
                "list",
                "The question, as `user`; before it, as `system`, the definitions that its style leaves out, if there are any.",
            ),
            ("id", "string", rl_id(about)),
            ("kind", "string", "What is asked."),
            ("sample", "string", JUDGED),
        ]),
        Format::RlVerl => fields::table(VERL),
        Format::RlNemo => fields::table(&[
            (
                "responses_create_params",
                "struct",
                "`input` is the question, as `user`.",
            ),
            ("id", "string", rl_id(about)),
            ("kind", "string", "What is asked."),
            ("sample", "struct", JUDGED),
        ]),
    };
    format!(
        "## Fields\n\n{table}{}{}",
        prompts(about),
        rationales(about)
    )
}

/// The fields of conversations.
fn chat(about: &Manifest) -> String {
    fields::table(&[
        (
            "messages",
            "list",
            match about.style {
                Some(Style::Direct) => {
                    "The question, which asks for the answer alone, as `user`; the answer, between `[ANSWER]` and `[/ANSWER]`, as `assistant`."
                }
                _ => {
                    "The question, which asks for steps and the answer, as `user`; the steps and the answer, between `[ANSWER]` and `[/ANSWER]`, as `assistant`. Where there are no steps, the question asks for the answer alone."
                }
            },
        ),
        ("id", "string", "The sample."),
        ("kind", "string", "What is asked."),
    ])
}

/// The fields of a format: names, types and texts.
type Fields = &'static [(&'static str, &'static str, &'static str)];

const CRUXEVAL: Fields = &[
    (
        "code",
        "string",
        "The program; its last line binds `f` to what is called.",
    ),
    ("input", "string", "The arguments, without the parentheses."),
    ("output", "string", "The value of `f(input)`, as a literal."),
    ("id", "string", "`sample_N`, counted from 0 in each file."),
];

const DEBUGGER: Fields = &[
    ("id", "string", "The sample about the result of the run."),
    ("schema", "number", "The number of this row's schema."),
    (
        "program, module, setup, call, python",
        "string",
        "What ran, and in which interpreter.",
    ),
    ("moments", "number", "Events of the run."),
    (
        "forward",
        "object",
        "A session from the first event to the last: `start`, a state, and `steps`, each a `command` (with the `line` of a breakpoint) and the `state` that it leads to. A state has the event, frame, depth, line with its source, value and all locals.",
    ),
    (
        "inverse",
        "object",
        "A session from the last event to the first, with the inverses of the commands: each state precedes the one before it.",
    ),
    (
        "provenance, group, split",
        "object, string",
        "As in samples.",
    ),
];

const CWM: Fields = &[
    (
        "text",
        "string",
        "The program, with `# << START_OF_TRACE` at the entry, and the frames of its execution. Exceptions are shown where they leave a frame.",
    ),
    ("id", "string", "The sample."),
];

const VERL: Fields = &[
    ("data_source", "string", "`tracestone`."),
    (
        "prompt",
        "list",
        "The question, as `user`; before it, as `system`, the definitions that its style leaves out, if there are any.",
    ),
    ("ability", "string", "`code-reasoning`."),
    (
        "reward_model",
        "struct",
        "`style` is `rule`. `ground_truth` is what a judge needs, as JSON: the right answer, and what is executed for answers to `input` questions.",
    ),
    (
        "extra_info",
        "struct",
        "`split`, `index` in its file, `id` and `kind` of what is asked.",
    ),
];

/// The forms of an export's rationales, where one was asked for.
fn rationales(about: &Manifest) -> String {
    if about.rationales.is_empty() {
        return String::new();
    }
    let mut text = String::from("\nRationales by form:\n\n| form | rows |\n|---|--:|\n");
    for (form, rows) in &about.rationales {
        let _ = writeln!(text, "| {form} | {rows} |");
    }
    text
}

/// The prompt styles of an export, where some were asked for.
fn prompts(about: &Manifest) -> String {
    let Some(word) = &about.prompt else {
        return String::new();
    };
    let mut text = format!(
        "\nPrompts are in the style `{word}`; the style of each row is chosen by its identifier. `tokens` are pieces of \
         text as tokenizers cut it; those of the wording are the same in all prompts of a kind.\n\n\
         | style | rows | tokens | of the wording |\n|---|--:|--:|--:|\n"
    );
    for (style, counts) in &about.prompts {
        let share = 100.0 * counts.boilerplate as f64 / counts.tokens.max(1) as f64;
        let _ = writeln!(
            text,
            "| {style} | {} | {} | {share:.1} % |",
            counts.rows, counts.tokens
        );
    }
    text
}

/// Description of the judged part of a sample.
const JUDGED: &str = "What a judge needs: the right answer, and what is executed for answers to `input` questions. `tracestone serve` and the Python package `tracestone` read it.";

fn rl_id(about: &Manifest) -> &'static str {
    match about.probes {
        Some(_) => {
            "The run that all questions of the row are about. Each question counts in the table of rows."
        }
        None => "The sample.",
    }
}

fn making(about: &Manifest) -> String {
    let mut out = String::from("## How it was made\n\n");
    line(
        &mut out,
        &format!("- Tool: {} (record schema {}).", about.tool, about.schema),
    );
    for python in &about.python {
        line(&mut out, &format!("- Interpreter: {}.", cell(python)));
    }
    for sandbox in &about.sandbox {
        line(&mut out, &format!("- Sandbox: {}.", cell(sandbox)));
    }
    for (name, value) in &about.settings {
        let (name, value) = (
            outside::markdown_code(name),
            outside::markdown_code(&value.to_string()),
        );
        line(&mut out, &format!("- Setting {name}: {value}."));
    }
    if is_karel(about) {
        out.push_str(
            "- Program, `setup` (the semantics) and `call` (with the start world) are all that a run \
             depends on; `tracestone verify` executes them again.\n\
             - The same settings and tool give the same bytes.\n",
        );
        return out;
    }
    out.push_str(
        "- `exec(program)`, `exec(setup)` and `eval(call)` in one namespace of that interpreter \
         reproduce a run. A row with a `package` shows a part of a module: the module is imported from \
         the source's files at `provenance.commit` instead (`roots` at the end of `sys.path`, and the files \
         in `made`), and the namespace is the module's. Doctests, and comments that state results, were \
         taken out of what is shown.\n\
         - The same corpus, tool and interpreter give the same bytes.\n",
    );
    out
}

fn provenance(about: &Manifest) -> String {
    let mut out = String::from(
        "## Where it comes from\n\n| source | origin | commit | rows | licences |\n|---|---|---|---:|---|\n",
    );
    for source in about.sources.iter().take(SOURCES_SHOWN) {
        let licenses: Vec<_> = source
            .licenses
            .keys()
            .map(|license| cell(license))
            .collect();
        line(
            &mut out,
            &format!(
                "| {} | {} | {} | {} | {} |",
                cell(&source.name),
                cell(&source.origin),
                source
                    .commit
                    .as_deref()
                    .map_or(String::new(), outside::markdown_code),
                source.rows,
                licenses.join(", ")
            ),
        );
    }
    if let Some(more) = about
        .sources
        .len()
        .checked_sub(SOURCES_SHOWN)
        .filter(|more| *more > 0)
    {
        line(
            &mut out,
            &format!(
                "\n{} in `manifest.json`.",
                if more == 1 {
                    "One more source is".to_owned()
                } else {
                    format!("{more} more sources are")
                }
            ),
        );
    }
    out
}

fn licenses(about: &Manifest) -> String {
    let mut out = String::from("## Licences and attribution\n\n");
    out.push_str(if is_karel(about) {
        "The programs were drawn by chance.\n\n| licence | rows |\n|---|---:|\n"
    } else {
        "Every program remains under the licence of the file that it was taken from; `provenance` \
         names file, lines, commit, licence and the evidence for it. Whoever passes programs on has \
         to keep to these licences, attribution included.\n\n| licence | rows |\n|---|---:|\n"
    });
    for (license, rows) in rows_by_license(about) {
        line(&mut out, &format!("| {} | {rows} |", cell(&license)));
    }
    out
}

fn rows_by_license(about: &Manifest) -> Counts {
    let mut counts = Counts::new();
    for (license, rows) in about.sources.iter().flat_map(|source| &source.licenses) {
        *counts.entry(license.clone()).or_default() += rows;
    }
    counts
}

fn limits(about: &Manifest) -> String {
    if is_karel(about) {
        return "## Limits\n\n\
             - Nobody wrote the programs: they have no purpose, and say nothing about how people \
             program.\n\
             - Runs that take too many steps were left out with their program.\n"
            .to_owned();
    }
    "## Limits\n\n\
     - Only code that runs alone is here: programs that need third-party packages, files, the \
     network, the clock or randomness were left out, which favours small and pure functions.\n\
     - Answers hold for the named interpreter. Line events, messages of exceptions and some values \
     differ between versions of Python.\n\
     - Calls that people wrote show what they thought worth showing; calls that this tool made may be \
     ones that nobody would write.\n\
     - Licences were detected by a program. It can be wrong, and copied code may be under another \
     licence than the file says.\n\
     - Sources that are public may be part of what a model was trained on.\n"
        .to_owned()
}

/// Text of our own inside a table's cell.
fn own(text: &str) -> String {
    text.replace('|', "\\|").replace(['\n', '\r'], " ")
}

/// Text from a source inside a line or a table's cell: no markup, no link, no HTML.
fn cell(text: &str) -> String {
    outside::markdown(text)
}

fn line(out: &mut String, text: &str) {
    writeln!(out, "{text}").expect("writing to a string cannot fail");
}

/// The licences of all rows, each SPDX expression once.
pub(super) fn expressions(about: &Manifest) -> BTreeSet<&str> {
    about
        .sources
        .iter()
        .flat_map(|source| source.licenses.keys().map(String::as_str))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_from_outside_is_no_markup() {
        assert_eq!(
            cell("[x](javascript:alert(1))"),
            "\\[x\\](javascript:alert(1))"
        );
        assert_eq!(cell("a|b<img src=x>`"), "a\\|b&lt;img src=x&gt;\\`");
        assert_eq!(cell("\u{1b}[31m\u{202e}txt"), "\\\\x1b\\[31m\\\\u202etxt");
        assert_eq!(
            cell("https://example.org/a_b.git"),
            "https://example.org/a_b.git"
        );
    }
}
