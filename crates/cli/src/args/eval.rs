//! Arguments of the commands that score models. Options have the names that other harnesses use.

use std::path::PathBuf;

use clap::{Args as ClapArgs, ValueHint};
use tracestone_eval::gather::Range;
use tracestone_eval::model::Protocol;
use tracestone_eval::report::Format;
use tracestone_eval::scoring::Published;
use tracestone_record::Split;
use tracestone_store::export::LicensePolicy;

use super::words::{self, named};
use super::{ChoiceArgs, EngineArgs, license_policies};

/// Selection of a task's items.
#[derive(Debug, Clone, ClapArgs)]
#[command(next_help_heading = "Items")]
pub(crate) struct ItemsArgs {
    /// Read items from this file: an export (.jsonl, .parquet or its folder), or what the task names: the file of
    /// an outside benchmark, such as cruxeval.jsonl, a folder of time series, or a structure (.pdb, .cif).
    #[arg(long, value_name = "FILE")]
    pub(crate) data: Option<PathBuf>,
    /// Read items from this store.
    #[arg(
        long,
        value_name = "FILE",
        default_value = "tracestone.db",
        env = "TRACESTONE_STORE"
    )]
    pub(crate) store: PathBuf,
    /// For samples: only these parts of the split, separated by commas.
    #[arg(long, value_name = "SPLIT", value_delimiter = ',', default_value = "test", value_parser = words::split())]
    pub(crate) split: Vec<Split>,
    /// For samples: the licences to include.
    #[arg(long, value_parser = license_policies(), default_value = "any")]
    pub(crate) license_policy: LicensePolicy,
    /// At most this many items, or those from one number to another: `10` or `10-20`.
    #[arg(long, value_name = "N|FROM-TO", value_parser = parse_limit)]
    pub(crate) limit: Option<Range>,
    /// Only these items, separated by commas.
    #[arg(long, value_name = "ID", value_delimiter = ',')]
    pub(crate) sample_id: Vec<String>,
    /// Only items published after this day, so that a model cannot have been trained on them. For
    /// samples it is the day of the commit; code in it may be older.
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = parse_day)]
    pub(crate) after: Option<String>,
    #[command(flatten)]
    pub(crate) choice: ChoiceArgs,
}

fn parse_limit(text: &str) -> Result<Range, String> {
    let number = |text: &str| {
        let number = text.trim().parse::<usize>();
        number.map_err(|_| format!("`{text}` is not a number"))
    };
    let (from, to) = match text.split_once('-') {
        None => (1, number(text)?),
        Some((from, to)) => (number(from)?, number(to)?),
    };
    if from == 0 || to < from {
        return Err(
            "items count from 1, and the second number must not be smaller than the first"
                .to_owned(),
        );
    }
    Ok(Range { from, to })
}

fn parse_day(text: &str) -> Result<String, String> {
    // Ten characters, since days are compared as texts.
    let day = chrono::NaiveDate::parse_from_str(text, "%Y-%m-%d");
    if text.len() == 10 && day.is_ok() {
        return Ok(text.to_owned());
    }
    Err("this is not a date; write the last day of January as 2026-01-31".to_owned())
}

/// A share, from 0 to 1.
fn parse_share(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(share @ 0.0..=1.0) => Ok(share),
        _ => Err("a share is a number from 0 to 1, such as 0.9".to_owned()),
    }
}

/// A number that is not negative.
fn parse_amount(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(number) if number.is_finite() && number >= 0.0 => Ok(number),
        _ => Err("a number of at least 0 is needed".to_owned()),
    }
}

fn parse_pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) => Ok((name.to_owned(), value.to_owned())),
        None => Err("a parameter is written as name=value".to_owned()),
    }
}

/// Parameters of a task.
#[derive(Debug, Clone, ClapArgs)]
pub(crate) struct TaskArgs {
    /// Set a parameter of the task, such as `style=steps`. May be given several times.
    #[arg(short = 'T', value_name = "NAME=VALUE", value_parser = parse_pair)]
    pub(crate) parameter: Vec<(String, String)>,
    /// Replace the task's system message.
    #[arg(long, value_name = "TEXT")]
    pub(crate) system_message: Option<String>,
    /// Slice the score by these facts instead of the task's own, separated by commas: kind, steps,
    /// loops, loop_depth, depth, value_bytes, program_lines, license, origin, date ..
    #[arg(long, value_name = "FACT", value_delimiter = ',', value_parser = words::fact(), hide_possible_values = true)]
    pub(crate) slice: Vec<String>,
}

named! {
    /// The OpenAI protocols.
    protocols: Protocol {
        /// Messages with roles (`/v1/chat/completions`).
        "chat" => Protocol::Chat,
        /// One text without roles, for models that were not trained to chat (`/v1/completions`).
        "completions" => Protocol::Completions,
        /// OpenAI's newer protocol (`/v1/responses`).
        "responses" => Protocol::Responses,
    }
}

/// A setting that can be left out of requests although the task has one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Setting<T> {
    /// It is not sent, so that the server's own holds.
    None,
    /// It is sent.
    Value(T),
}

impl<T> Setting<T> {
    /// The value to send, where `base` is the task's.
    pub(crate) fn over(this: Option<Self>, base: Option<T>) -> Option<T> {
        match this {
            None => base,
            Some(Self::None) => None,
            Some(Self::Value(value)) => Some(value),
        }
    }
}

fn setting<T>(text: &str, parse: fn(&str) -> Result<T, String>) -> Result<Setting<T>, String> {
    if text.eq_ignore_ascii_case("none") {
        return Ok(Setting::None);
    }
    let value = parse(text).map_err(|why| format!("{why}, or none"))?;
    Ok(Setting::Value(value))
}

fn parse_temperature(text: &str) -> Result<Setting<f64>, String> {
    setting(text, parse_amount)
}

fn parse_top_p(text: &str) -> Result<Setting<f64>, String> {
    setting(text, parse_share)
}

fn parse_tokens(text: &str) -> Result<Setting<u32>, String> {
    setting(text, |text| match text.parse() {
        Ok(0) | Err(_) => Err("a number of tokens from 1 on is needed".to_owned()),
        Ok(number) => Ok(number),
    })
}

/// Fields of a request's body as they were typed.
#[derive(Debug, Clone)]
pub(crate) enum ExtraBody {
    /// One field; dots in the name lead into objects.
    Field(String, serde_json::Value),
    /// The object in a file.
    File(PathBuf),
}

fn parse_extra_body(text: &str) -> Result<ExtraBody, String> {
    if let Some(file) = text.strip_prefix('@') {
        return Ok(ExtraBody::File(PathBuf::from(file)));
    }
    let (name, value) = text
        .split_once('=')
        .ok_or("a field is written as NAME=VALUE, an object as @FILE")?;
    // What is no JSON is a text.
    let value = serde_json::from_str(value).unwrap_or_else(|_| value.into());
    Ok(ExtraBody::Field(name.to_owned(), value))
}

/// The model and its sampling settings.
#[derive(Debug, Clone, ClapArgs)]
#[command(next_help_heading = "The model")]
pub(crate) struct ModelArgs {
    /// The model; given several times, each is asked. openai/NAME, anthropic/NAME, openai-api/PROVIDER/NAME, local/DIR
    /// for the model of a folder (Llama, Qwen2, Qwen3, Gemma) in this process, replay/FILE for responses made
    /// elsewhere, or a reference without a model: mock/oracle, mock/constant, mock/copy-input,
    /// mock/majority. Keys and addresses come from OPENAI_API_KEY, OPENAI_BASE_URL, ANTHROPIC_API_KEY,
    /// ANTHROPIC_BASE_URL, or PROVIDER_API_KEY and PROVIDER_BASE_URL.
    #[arg(
        long,
        value_name = "MODEL",
        env = "TRACESTONE_EVAL_MODEL",
        value_parser = words::model(),
        hide_possible_values = true,
        required = true
    )]
    pub(crate) model: Vec<String>,
    /// A name for the model that stays the same where it moves to another address: answers are kept under
    /// it, and found again.
    #[arg(long, value_name = "NAME")]
    pub(crate) model_id: Option<String>,
    /// The server's address, with or without `/v1`, or with the whole path. Servers on this machine need
    /// no key.
    #[arg(
        long,
        visible_alias = "base-url",
        value_name = "URL",
        env = "TRACESTONE_EVAL_MODEL_BASE_URL"
    )]
    pub(crate) model_base_url: Option<String>,
    /// OpenAI protocol of the server.
    #[arg(long, value_parser = protocols(), default_value = "chat")]
    pub(crate) api: Protocol,
    /// Responses for each item [default: 1, or as many as are replayed].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(crate) epochs: Option<u32>,
    /// Randomness of the responses; `none` leaves it to the server [default: the task's, mostly 0].
    #[arg(long, value_name = "T|none", value_parser = parse_temperature, allow_negative_numbers = true)]
    pub(crate) temperature: Option<Setting<f64>>,
    /// The share of probability to sample from, or `none`.
    #[arg(long, value_name = "P|none", value_parser = parse_top_p, allow_negative_numbers = true)]
    pub(crate) top_p: Option<Setting<f64>>,
    /// Tokens of a response, or `none` [default: the task's].
    #[arg(long, value_name = "N|none", value_parser = parse_tokens)]
    pub(crate) max_tokens: Option<Setting<u32>>,
    /// The amount of reasoning before the answer, in the server's words, such as low, medium or high.
    #[arg(long, value_name = "EFFORT")]
    pub(crate) reasoning_effort: Option<String>,
    /// Ask for the log-probabilities of a response's tokens.
    #[arg(long)]
    pub(crate) logprobs: bool,
    /// Of so many other tokens at each place, too.
    #[arg(long, value_name = "N", requires = "logprobs", value_parser = clap::value_parser!(u32).range(..=20))]
    pub(crate) top_logprobs: Option<u32>,
    /// Add a field to every request's body: its name, with dots into objects, and a JSON value or a text; or
    /// @FILE for all fields of a JSON object. May be given several times. They are kept in the run's files.
    #[arg(long, value_name = "NAME=VALUE|@FILE", value_parser = parse_extra_body)]
    pub(crate) extra_body: Vec<ExtraBody>,
    /// Seed for servers that take one; repeats add their number to it.
    #[arg(long, value_name = "N")]
    pub(crate) seed: Option<i64>,
    /// Texts that end a response, separated by commas.
    #[arg(long, value_name = "TEXT", value_delimiter = ',')]
    pub(crate) stop_seqs: Vec<String>,
    /// Prices of tokens, a TOML file: for each model a table with `input` and `output` for a million.
    #[arg(long, value_name = "FILE")]
    pub(crate) prices: Option<PathBuf>,
}

/// A header on the command line: its name, and its value or the file with the value.
#[derive(Debug, Clone)]
pub(crate) struct TypedHeader {
    pub(crate) name: String,
    pub(crate) value: HeaderSource,
}

/// Source of a header's value.
#[derive(Clone)]
pub(crate) enum HeaderSource {
    /// Given on the command line.
    Text(String),
    /// It is the text of a file, which keeps it out of the list of processes.
    File(PathBuf),
}

impl std::fmt::Debug for HeaderSource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}

fn parse_header(text: &str) -> Result<TypedHeader, String> {
    let (name, value) = text
        .split_once('=')
        .ok_or("a header is written as NAME=VALUE, or as NAME=@FILE")?;
    let value = match value.strip_prefix('@') {
        Some(file) => HeaderSource::File(PathBuf::from(file)),
        None => HeaderSource::Text(value.to_owned()),
    };
    Ok(TypedHeader {
        name: name.to_owned(),
        value,
    })
}

/// Options of requests.
#[derive(Debug, Clone, ClapArgs)]
#[command(next_help_heading = "Requests")]
pub(crate) struct RequestArgs {
    /// Send this header with every request; @FILE takes the value from a file. May be given several times.
    /// Values are never printed, and redirects, which would pass them on, are not followed.
    #[arg(long, value_name = "NAME=VALUE|NAME=@FILE", value_parser = parse_header)]
    pub(crate) header: Vec<TypedHeader>,
    /// Ask in batches (OpenAI's and Anthropic's), which cost half and may take a day. Ctrl-C leaves them to the
    /// server; the same command collects them.
    #[arg(long, conflicts_with_all = ["stream", "max_connections"])]
    pub(crate) batch: bool,
    /// Seconds between two looks at a batch.
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) batch_poll: u64,
    /// Have responses streamed. Servers that do nothing else are noticed without it.
    #[arg(long)]
    pub(crate) stream: bool,
    /// Seconds after which a response that stands still is given up [default: with --stream 300, else only
    /// --attempt-timeout counts].
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) stall_timeout: Option<u64>,
    /// Exactly this many requests at once [default: from 20 as many as the server bears, up to 100].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=4096))]
    pub(crate) max_connections: Option<u16>,
    /// Maximal number of retries after a failure.
    #[arg(long, value_name = "N", default_value_t = 6)]
    pub(crate) max_retries: u32,
    /// Seconds for one item, all attempts and waits together.
    #[arg(long, value_name = "SECONDS", default_value_t = 1_800, value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) timeout: u64,
    /// Seconds for one attempt.
    #[arg(long, value_name = "SECONDS", default_value_t = 600, value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) attempt_timeout: u64,
    /// Exit with 3 if more responses than this are missing: a share (below 1) or a number (from 1).
    #[arg(long, value_name = "SHARE|N", default_value_t = 0.0, value_parser = parse_amount)]
    pub(crate) fail_on_error: f64,
}

/// Arguments of `eval`.
#[derive(Debug, Clone, ClapArgs)]
pub(crate) struct EvalArgs {
    /// The task: a name (`tracestone validate` lists them), or a .toml file. Of several, each is asked.
    #[arg(required = true, value_name = "TASK", value_parser = words::task(), hide_possible_values = true)]
    pub(crate) tasks: Vec<String>,
    /// Write what happens on the way to this file, one JSON object a line; `-` is standard output.
    #[arg(long, value_name = "FILE")]
    pub(crate) events: Option<PathBuf>,
    /// Folder for runs. The same command finds its unfinished run there, and answers to the same
    /// questions are not asked for twice.
    #[arg(
        long,
        value_name = "DIR",
        default_value = "logs",
        env = "TRACESTONE_EVAL_LOG_DIR",
        value_hint = ValueHint::DirPath
    )]
    pub(crate) log_dir: PathBuf,
    /// Exit with 4 if the accuracy, from 0 to 1, is below this.
    #[arg(long, value_name = "SHARE", value_parser = parse_share)]
    pub(crate) fail_under: Option<f64>,
    #[command(flatten)]
    pub(crate) parameters: TaskArgs,
    #[command(flatten)]
    pub(crate) items: ItemsArgs,
    #[command(flatten)]
    pub(crate) model: ModelArgs,
    #[command(flatten)]
    pub(crate) requests: RequestArgs,
    #[command(flatten)]
    pub(crate) judging: JudgingArgs,
}

/// Options of judges that execute programs.
#[derive(Debug, Clone, ClapArgs)]
#[command(next_help_heading = "Judging")]
pub(crate) struct JudgingArgs {
    /// The model that the judge `model` asks, in the place of the one in the task's file. Its address and key come
    /// from the environment, as for --model.
    #[arg(long, value_name = "MODEL", env = "TRACESTONE_EVAL_JUDGE_MODEL")]
    pub(crate) judge_model: Option<String>,
    #[command(flatten)]
    pub(crate) engine: EngineArgs,
}

named! {
    /// The versions of the original scorer.
    versions: Published {
        /// The one behind the leaderboard's files: what cannot be an answer is a failure.
        "leaderboard" => Published::Leaderboard,
        /// The one in the benchmark's repository since April 2024: what cannot be an answer is left out.
        "repository" => Published::Repository,
    }
}

/// Arguments of `score`.
#[derive(Debug, Clone, ClapArgs)]
#[command(group = clap::ArgGroup::new("scored").required(true).args(["run", "responses"]))]
pub(crate) struct ScoreArgs {
    /// The folder of a run.
    #[arg(value_hint = ValueHint::DirPath)]
    pub(crate) run: Option<PathBuf>,
    /// Score these responses instead: CRUXEval's generations (a JSON object of lists), or one JSON object
    /// a line with `item` and `response`.
    #[arg(long, value_name = "FILE", requires = "task")]
    pub(crate) responses: Option<PathBuf>,
    /// The task that the responses answer: a name, or a .toml file.
    #[arg(
        long,
        value_name = "TASK",
        conflicts_with = "run",
        value_parser = words::task(),
        hide_possible_values = true
    )]
    pub(crate) task: Option<String>,
    /// Also give the numbers that the original benchmark's own scorer would publish (CRUXEval,
    /// LiveCodeBench). CRUXEval has published two versions of it.
    #[arg(long, value_parser = versions(), num_args = 0..=1, default_missing_value = "leaderboard")]
    pub(crate) compat: Option<Published>,
    /// Write the verdicts, with --compat also those of the original scorer, to this file, one JSON object
    /// an item.
    #[arg(long, value_name = "FILE")]
    pub(crate) verdicts: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) parameters: TaskArgs,
    #[command(flatten)]
    pub(crate) items: ItemsArgs,
    #[command(flatten)]
    pub(crate) judging: JudgingArgs,
}

/// Arguments of `runs`.
#[derive(Debug, Clone, ClapArgs)]
pub(crate) struct RunsArgs {
    /// The folder of runs.
    #[arg(
        long,
        value_name = "DIR",
        default_value = "logs",
        env = "TRACESTONE_EVAL_LOG_DIR",
        value_hint = ValueHint::DirPath
    )]
    pub(crate) log_dir: PathBuf,
    /// Only runs of this task.
    #[arg(long, value_name = "TASK", value_parser = words::task(), hide_possible_values = true)]
    pub(crate) task: Option<String>,
    /// Only runs of models whose name holds this.
    #[arg(long, value_name = "TEXT")]
    pub(crate) model: Option<String>,
}

/// Arguments of `compare`.
#[derive(Debug, Clone, ClapArgs)]
pub(crate) struct CompareArgs {
    /// The folders of runs on the same items, at least two.
    #[arg(required = true, num_args = 2.., value_name = "RUN", value_hint = ValueHint::DirPath)]
    pub(crate) runs: Vec<PathBuf>,
    /// Compare only on items that every run contains and answered. Excluded items are counted.
    #[arg(long)]
    pub(crate) common: bool,
    /// Also write a page that needs no network, with two to five runs side by side: scores with intervals,
    /// slices, and every item with what each run said.
    #[arg(long, value_name = "FILE")]
    pub(crate) html: Option<PathBuf>,
    /// Items to list for each pair that one has right and the other wrong; all are in --json.
    #[arg(long, value_name = "N", default_value_t = 5)]
    pub(crate) flipped: usize,
}

named! {
    /// Format of a report.
    report_formats: Format {
        /// One page that needs no network: score, slices, and items with prompt, response and verdict.
        "html" => Format::Html,
        /// A log of inspect_ai (.eval).
        "inspect" => Format::Inspect,
        /// The results and samples files of lm-evaluation-harness, in a folder.
        "lm-eval" => Format::LmEval,
        /// One JSON object a response: prompt, response, verdict.
        "jsonl" => Format::Jsonl,
    }
}

/// Arguments of `report`.
#[derive(Debug, Clone, ClapArgs)]
pub(crate) struct ReportArgs {
    /// The folder of a run.
    #[arg(value_hint = ValueHint::DirPath)]
    pub(crate) run: PathBuf,
    /// Format of the report.
    #[arg(long, value_parser = report_formats(), default_value = "html")]
    pub(crate) format: Format,
    /// The file to write, or a folder for it; for lm-eval always a folder [default: in the run's folder].
    #[arg(long, value_name = "PATH")]
    pub(crate) out: Option<PathBuf>,
}

/// Arguments of `validate`.
#[derive(Debug, Clone, ClapArgs)]
pub(crate) struct ValidateArgs {
    /// The task: a name, or a .toml file. Without one, the tasks are listed.
    #[arg(value_parser = words::task(), hide_possible_values = true)]
    pub(crate) task: Option<String>,
    #[command(flatten)]
    pub(crate) parameters: TaskArgs,
    #[command(flatten)]
    pub(crate) items: ItemsArgs,
    #[command(flatten)]
    pub(crate) judging: JudgingArgs,
}
