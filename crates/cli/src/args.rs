//! What can be typed. The doc comments are the help texts.

mod eval;
mod interp;
mod karel;

use std::path::PathBuf;

use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use tracestone_record::{SampleKind, Split};

pub(crate) use eval::*;
pub(crate) use interp::*;
pub(crate) use karel::*;

const EXIT_CODES: &str = "\
Exit codes:
  0    done
  1    failed; the message says what to do next
  2    wrong usage
  3    went through, but a source could not be read, an answer did not hold, or items could not be asked
  4    `eval` went through, and the score is below --fail-under
  130  stopped by Ctrl-C; the same command goes on from there";

/// Turns git repositories into code-reasoning data whose every answer was executed.
///
/// `build` does the whole job: it crawls the sources of a corpus, extracts self-contained programs and
/// calls, runs them twice in a sandboxed CPython, and writes questions with checked answers to a
/// SQLite store. `export` writes files for training and evaluation, `verify` executes every answer
/// again from its exported text alone, and `eval` scores a language model on the questions.
#[derive(Debug, Parser)]
#[command(name = "tracestone", version, after_help = EXIT_CODES, arg_required_else_help = true)]
pub(crate) struct Args {
    #[command(flatten)]
    pub(crate) output: OutputArgs,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// How to report.
#[derive(Debug, Clone, ClapArgs)]
#[command(next_help_heading = "Output options")]
pub(crate) struct OutputArgs {
    /// Print results and errors only.
    #[arg(long, short, global = true)]
    pub(crate) quiet: bool,
    /// Print the summary as one JSON object on standard output.
    #[arg(long, global = true)]
    pub(crate) json: bool,
}

/// The commands, in the order of the pipeline.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Do the whole job: crawl, extract, trace and sample a corpus.
    Build(BuildArgs),
    /// Read the sources of a corpus into the store.
    Crawl(CrawlArgs),
    /// Find units, calls and self-contained programs in the crawled files.
    Extract(StageArgs),
    /// Run the extracted programs in the sandbox, twice each.
    Trace(TraceArgs),
    /// Turn verified runs into questions with checked answers.
    Sample(SampleArgs),
    /// Write samples to files for training or evaluation, with a dataset card.
    Export(ExportArgs),
    /// Execute every answer again from its exported text alone.
    Verify(VerifyArgs),
    /// Say what is in the store, what was left out, and why.
    Status(StatusArgs),
    /// Show one sample with its code, trace and provenance.
    Show(ShowArgs),
    /// Check that this machine has what a build needs: Python, a sandbox that holds, git, space.
    Doctor(DoctorArgs),
    /// Ask a model the items of a task and score its answers.
    Eval(Box<EvalArgs>),
    /// Judge the answers of a run again, or responses made elsewhere, without asking a model.
    Score(Box<ScoreArgs>),
    /// Say how the scores of runs on the same items differ, and how sure that is.
    Compare(CompareArgs),
    /// Write a run as a page, or as a log of another harness.
    Report(ReportArgs),
    /// Check that a task gives correct answers everything and answers that only look right nothing.
    Validate(Box<ValidateArgs>),
    /// Make data in Karel, a small language whose meaning can be changed, or run its programs.
    #[command(subcommand)]
    Karel(KarelCommand),
    /// Write the latent ledger of a store's samples: what each variable is at each step of a trace.
    Ledger(LedgerArgs),
    /// Train and score small language models.
    #[command(subcommand)]
    Lm(LmCommand),
    /// Write a model's hidden states at the words of a latent ledger.
    Acts(ActsArgs),
    /// Read variables from hidden states, under the true meaning and under others.
    Probe(Box<ProbeArgs>),
    /// Change what data means or what a model holds, and say what follows.
    Causal(CausalArgs),
    /// Run a whole experiment, from data to report.
    #[command(subcommand)]
    Demo(DemoCommand),
    /// Print a completion script for a shell.
    Completions {
        /// The shell.
        shell: Shell,
    },
    /// Print the manual page, or write the pages of all commands to a folder.
    Man {
        /// Write one page per command to this folder.
        #[arg(long, value_name = "DIR")]
        out: Option<PathBuf>,
    },
}

/// Which store.
#[derive(Debug, Clone, ClapArgs)]
pub(crate) struct StoreArg {
    /// The SQLite store; `build` and `crawl` make it.
    #[arg(
        long,
        value_name = "FILE",
        default_value = "tracestone.db",
        env = "TRACESTONE_STORE"
    )]
    pub(crate) store: PathBuf,
}

/// How many at once.
#[derive(Debug, Clone, ClapArgs)]
pub(crate) struct JobsArg {
    /// Work on this many things at once [default: the number of processors]. Never changes a result.
    #[arg(long, short, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) jobs: Option<u16>,
}

impl JobsArg {
    /// The number of workers.
    pub(crate) fn count(&self) -> usize {
        self.jobs.map_or_else(
            || std::thread::available_parallelism().map_or(1, usize::from),
            usize::from,
        )
    }
}

/// Which interpreter.
#[derive(Debug, Clone, ClapArgs)]
pub(crate) struct PythonArg {
    /// The CPython (3.9 or newer) that runs the programs.
    #[arg(
        long,
        value_name = "PATH",
        default_value = "python3",
        env = "TRACESTONE_PYTHON"
    )]
    pub(crate) python: PathBuf,
}

/// Which sandbox.
#[derive(Debug, Clone, ClapArgs)]
pub(crate) struct SandboxArg {
    /// Run strangers' programs WITHOUT a sandbox, where none can be had. They can then do whatever you
    /// can: delete files, use the network. Every sample is marked. Use it in a throw-away machine only.
    #[arg(long)]
    pub(crate) unsafe_no_sandbox: bool,
}

/// Arguments of `doctor`.
#[derive(Debug, Clone, ClapArgs)]
pub(crate) struct DoctorArgs {
    #[command(flatten)]
    pub(crate) store: StoreArg,
    #[command(flatten)]
    pub(crate) python: PythonArg,
}

/// What to crawl and how.
#[derive(Debug, Clone, ClapArgs)]
pub(crate) struct CorpusArgs {
    /// The corpus, a TOML file [default: the starter corpus inside this binary].
    pub(crate) corpus: Option<PathBuf>,
    /// Where fetched repositories are kept [default: `tracestone` in the user's cache folder]. The
    /// variable also moves the native recorder's.
    #[arg(long, value_name = "DIR", env = "TRACESTONE_CACHE")]
    pub(crate) cache: Option<PathBuf>,
    /// Use what the cache holds and fetch nothing.
    #[arg(long)]
    pub(crate) offline: bool,
}

/// Arguments of `build`.
#[derive(Debug, Clone, ClapArgs)]
pub(crate) struct BuildArgs {
    #[command(flatten)]
    pub(crate) corpus: CorpusArgs,
    #[command(flatten)]
    pub(crate) store: StoreArg,
    #[command(flatten)]
    pub(crate) jobs: JobsArg,
    #[command(flatten)]
    pub(crate) python: PythonArg,
    #[command(flatten)]
    pub(crate) sandbox: SandboxArg,
    #[command(flatten)]
    pub(crate) budget: BudgetArgs,
    #[command(flatten)]
    pub(crate) inputs: InputsArg,
    #[command(flatten)]
    pub(crate) limit: LimitArg,
    #[command(flatten)]
    pub(crate) seed: SeedArg,
}

/// Which inputs programs run with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Inputs {
    /// Mined calls, and made ones that reach lines, branches or results that these do not.
    All,
    /// Mined calls only: what somebody wrote.
    Mined,
}

/// Which inputs.
#[derive(Debug, Clone, ClapArgs)]
pub(crate) struct InputsArg {
    /// Which inputs to run programs with.
    #[arg(long, value_enum, default_value_t = Inputs::All)]
    pub(crate) inputs: Inputs,
}

/// How much to do.
#[derive(Debug, Clone, ClapArgs)]
pub(crate) struct LimitArg {
    /// Trace at most this many programs, picked by their identifiers: a fair part of the corpus, and
    /// always the same one.
    #[arg(long, value_name = "N")]
    pub(crate) limit: Option<u64>,
}

/// Where choices come from.
#[derive(Debug, Clone, ClapArgs)]
pub(crate) struct SeedArg {
    /// Seed of every choice: which lines and variables are asked about, and the split [default: 0, or
    /// what the store was made with].
    #[arg(long, value_name = "N")]
    pub(crate) seed: Option<u64>,
    /// What `input` samples list where several calls have the same result [default: all, or what the
    /// store was made with].
    #[arg(long, value_enum)]
    pub(crate) answers: Option<AnswersArg>,
}

/// Which right answers a question with several lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum AnswersArg {
    /// One as `answer`, the others as `other_answers`.
    All,
    /// One.
    One,
}

/// Budgets of a run.
#[derive(Debug, Clone, ClapArgs)]
#[command(next_help_heading = "Budgets of a run")]
pub(crate) struct BudgetArgs {
    /// Executed lines.
    #[arg(long, value_name = "N", default_value_t = 4_000)]
    pub(crate) max_steps: u32,
    /// CPU seconds, for what cannot be counted in lines.
    #[arg(long, value_name = "SECONDS", default_value_t = 5)]
    pub(crate) max_cpu: u32,
    /// Memory in MiB.
    #[arg(long, value_name = "MIB", default_value_t = 512)]
    pub(crate) max_memory: u32,
}

/// Arguments of `crawl`.
#[derive(Debug, Clone, ClapArgs)]
pub(crate) struct CrawlArgs {
    #[command(flatten)]
    pub(crate) corpus: CorpusArgs,
    #[command(flatten)]
    pub(crate) store: StoreArg,
    #[command(flatten)]
    pub(crate) jobs: JobsArg,
    #[command(flatten)]
    pub(crate) python: PythonArg,
}

/// Arguments of a stage that needs nothing more.
#[derive(Debug, Clone, ClapArgs)]
pub(crate) struct StageArgs {
    #[command(flatten)]
    pub(crate) store: StoreArg,
    #[command(flatten)]
    pub(crate) jobs: JobsArg,
}

/// Arguments of `trace`.
#[derive(Debug, Clone, ClapArgs)]
pub(crate) struct TraceArgs {
    #[command(flatten)]
    pub(crate) store: StoreArg,
    #[command(flatten)]
    pub(crate) jobs: JobsArg,
    #[command(flatten)]
    pub(crate) python: PythonArg,
    #[command(flatten)]
    pub(crate) sandbox: SandboxArg,
    #[command(flatten)]
    pub(crate) budget: BudgetArgs,
    #[command(flatten)]
    pub(crate) inputs: InputsArg,
    #[command(flatten)]
    pub(crate) limit: LimitArg,
}

/// Arguments of `sample`.
#[derive(Debug, Clone, ClapArgs)]
pub(crate) struct SampleArgs {
    #[command(flatten)]
    pub(crate) store: StoreArg,
    #[command(flatten)]
    pub(crate) jobs: JobsArg,
    #[command(flatten)]
    pub(crate) seed: SeedArg,
}

/// Formats of `export`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ExportFormat {
    /// One record a line, one file per split.
    Jsonl,
    /// The same records as columns, compressed with zstd.
    Parquet,
    /// Chat messages for fine-tuning: prompt, then rationale and answer.
    Chat,
    /// CRUXEval's `code, input, output, id`, for its harness.
    Cruxeval,
    /// Trace text in the layout of Code World Model.
    Cwm,
}

/// Which licences an export takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LicensePolicyArg {
    /// Only where every licence found is permissive.
    Permissive,
    /// All, unknown ones included.
    Any,
}

/// Which samples.
#[derive(Debug, Clone, ClapArgs)]
#[command(next_help_heading = "Which samples")]
pub(crate) struct FilterArgs {
    /// Only these kinds, separated by commas.
    #[arg(long, value_name = "KIND", value_delimiter = ',', value_parser = parse_kind)]
    pub(crate) kind: Vec<SampleKind>,
    /// Only these parts of the split, separated by commas.
    #[arg(long, value_name = "SPLIT", value_delimiter = ',', value_parser = parse_split)]
    pub(crate) split: Vec<Split>,
    /// Which licences to take.
    #[arg(long, value_enum, default_value_t = LicensePolicyArg::Permissive)]
    pub(crate) license_policy: LicensePolicyArg,
    /// At most this many samples, in the order of their identifiers.
    #[arg(long, value_name = "N")]
    pub(crate) limit: Option<u64>,
}

fn parse_kind(text: &str) -> Result<SampleKind, String> {
    SampleKind::from_name(text).ok_or_else(|| {
        let known: Vec<_> = SampleKind::ALL.iter().map(|kind| kind.name()).collect();
        format!("kinds are {}", known.join(", "))
    })
}

fn parse_split(text: &str) -> Result<Split, String> {
    Split::from_name(text).ok_or_else(|| "splits are train, validation, test".to_owned())
}

/// Arguments of `export`.
#[derive(Debug, Clone, ClapArgs)]
pub(crate) struct ExportArgs {
    #[command(flatten)]
    pub(crate) store: StoreArg,
    /// The format.
    #[arg(long, value_enum, default_value_t = ExportFormat::Jsonl)]
    pub(crate) format: ExportFormat,
    /// The folder to write; must be new, empty or an earlier export with --overwrite.
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
    /// Replace an earlier export in the folder.
    #[arg(long)]
    pub(crate) overwrite: bool,
    #[command(flatten)]
    pub(crate) filter: FilterArgs,
}

/// Arguments of `verify`.
#[derive(Debug, Clone, ClapArgs)]
#[command(group = clap::ArgGroup::new("what").required(true).args(["file", "store"]))]
pub(crate) struct VerifyArgs {
    /// An exported .jsonl or .parquet file, or the folder of an export.
    pub(crate) file: Option<PathBuf>,
    /// Verify a store instead.
    #[arg(long, value_name = "FILE")]
    pub(crate) store: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) jobs: JobsArg,
    #[command(flatten)]
    pub(crate) python: PythonArg,
    #[command(flatten)]
    pub(crate) sandbox: SandboxArg,
    /// At most this many samples.
    #[arg(long, value_name = "N")]
    pub(crate) limit: Option<u64>,
}

/// Arguments of `status`.
#[derive(Debug, Clone, ClapArgs)]
pub(crate) struct StatusArgs {
    #[command(flatten)]
    pub(crate) store: StoreArg,
    /// Show examples of what was left out, for every reason.
    #[arg(long)]
    pub(crate) examples: bool,
    /// Also read all runs and say how much of the programs they reach.
    #[arg(long)]
    pub(crate) coverage: bool,
}

/// Arguments of `show`.
#[derive(Debug, Clone, ClapArgs)]
pub(crate) struct ShowArgs {
    /// The identifier of a sample, or its first digits.
    pub(crate) id: String,
    #[command(flatten)]
    pub(crate) store: StoreArg,
}
