//! Command-line arguments. The doc comments are the help texts.

#[cfg(any(test, not(feature = "lab")))]
mod absent;
mod choice;
mod curate;
mod eval;
#[cfg_attr(
    not(feature = "lab"),
    allow(dead_code, reason = "commands that are not in this build")
)]
mod examples;
mod export;
#[cfg(feature = "lab")]
mod interp;
#[cfg(feature = "lab")]
mod karel;
mod look;
#[cfg(feature = "lab")]
mod plasticity;
mod prune;
mod python;
#[cfg(feature = "lab")]
mod sae;
mod serve;
mod task;
mod words;

use std::path::PathBuf;

use clap::{Args as ClapArgs, Parser, Subcommand, ValueHint};
use clap_complete::Shell;
use tracestone_generate::Bounds;
use tracestone_pipeline::ExtractSettings;
use tracestone_record::{SampleKind, Split};
use tracestone_sample::SameResults;
use tracestone_store::export::{
    Compression, Form, Format, LicensePolicy, Order, PromptChoice, Style,
};

#[cfg(any(test, not(feature = "lab")))]
pub(crate) use absent::*;
pub(crate) use choice::*;
pub(crate) use curate::*;
pub(crate) use eval::*;
#[cfg(feature = "lab")]
pub(crate) use interp::*;
#[cfg(feature = "lab")]
pub(crate) use karel::*;
pub(crate) use look::*;
#[cfg(feature = "lab")]
pub(crate) use plasticity::*;
pub(crate) use prune::*;
pub(crate) use python::*;
#[cfg(feature = "lab")]
pub(crate) use sae::*;
pub(crate) use serve::*;
pub(crate) use task::*;
use words::named;

const EXIT_CODES: &str = "\
Exit codes:
  0    done
  1    failed; the message says what to do next
  2    wrong usage
  3    finished, but a source, an answer or an item failed
  4    `eval` finished, and the score is below --fail-under
  130  stopped by Ctrl-C; the same command continues from there";

/// Turns git repositories into code-reasoning data whose every answer was executed.
///
/// `build` runs the whole pipeline: it crawls the sources of a corpus, extracts self-contained programs and
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

/// Options for output.
#[derive(Debug, Clone, ClapArgs)]
#[command(next_help_heading = "Output options")]
pub(crate) struct OutputArgs {
    /// Print results and errors only.
    #[arg(long, short, global = true)]
    pub(crate) quiet: bool,
    /// Also print a line for each source, file, program or item.
    #[arg(long, short, global = true, conflicts_with = "quiet")]
    pub(crate) verbose: bool,
    /// Print the summary as one JSON object on standard output.
    #[arg(long, global = true)]
    pub(crate) json: bool,
}

/// The commands, in the order of the pipeline.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Build samples from a corpus: crawl, extract, trace, sample and curate.
    #[command(after_help = examples::BUILD)]
    Build(BuildArgs),
    /// Read the sources of a corpus into the store.
    #[command(after_help = examples::CRAWL)]
    Crawl(CrawlArgs),
    /// Find units, calls and self-contained programs in the crawled files.
    #[command(after_help = examples::EXTRACT)]
    Extract(ExtractArgs),
    /// Run the extracted programs in the sandbox, twice each.
    #[command(after_help = examples::TRACE)]
    Trace(TraceArgs),
    /// Turn verified runs into questions with checked answers.
    #[command(after_help = examples::SAMPLE)]
    Sample(SampleArgs),
    /// Mark duplicates, leaks into benchmarks, secrets and personal data, which exports leave out.
    #[command(after_help = examples::CURATE)]
    Curate(CurateArgs),
    /// Write samples to files for training or evaluation, with a dataset card.
    #[command(after_help = examples::EXPORT)]
    Export(ExportArgs),
    /// Execute every answer again from its exported text alone.
    #[command(after_help = examples::VERIFY)]
    Verify(VerifyArgs),
    /// Show what is in the store, what was left out, and why.
    #[command(after_help = examples::STATUS)]
    Status(StatusArgs),
    /// Remove code that its author or owner took back, and keep it out of later crawls.
    #[command(after_help = examples::FORGET)]
    Forget(ForgetArgs),
    /// Remove the rows of earlier builds that the current corpus hides.
    #[command(after_help = examples::PRUNE)]
    Prune(PruneArgs),
    /// Show one sample with its code, trace and provenance.
    #[command(after_help = examples::SHOW)]
    Show(ShowArgs),
    /// Look at the store in a browser: its numbers, filters, and runs that can be stepped forwards and back.
    #[command(after_help = examples::BROWSE)]
    Browse(BrowseArgs),
    /// Print the store's samples in numbers: kinds, answers, lengths, origins, what was left out.
    #[command(after_help = examples::STATS)]
    Stats(StatsArgs),
    /// Write a commented corpus file to start from.
    #[command(after_help = examples::INIT)]
    Init(InitArgs),
    /// Check that this machine has what a build needs: Python, a working sandbox, git, disk space.
    #[command(after_help = examples::DOCTOR)]
    Doctor(DoctorArgs),
    /// Ask a model the items of a task and score its answers.
    #[command(after_help = examples::EVAL)]
    Eval(Box<EvalArgs>),
    /// List the runs of `eval`: what was asked, how far it is, and the score.
    #[command(after_help = examples::RUNS)]
    Runs(RunsArgs),
    /// Judge the answers of a run again, or responses made elsewhere, without asking a model.
    #[command(after_help = examples::SCORE)]
    Score(Box<ScoreArgs>),
    /// Judge responses over HTTP, as trainers ask for rewards.
    #[command(after_help = examples::SERVE)]
    Serve(ServeArgs),
    /// Compare the scores of runs on the same items, with paired statistics.
    #[command(after_help = examples::COMPARE)]
    Compare(CompareArgs),
    /// Write a run as an HTML page, or as a log of another harness.
    #[command(after_help = examples::REPORT)]
    Report(ReportArgs),
    /// Check that a task gives full score to right answers and none to answers that only look right.
    #[command(after_help = examples::VALIDATE)]
    Validate(Box<ValidateArgs>),
    /// Write task files for questions of your own.
    #[command(subcommand)]
    Task(TaskCommand),
    /// Make data in Karel, a small language with exchangeable semantics, or run its programs.
    #[cfg(feature = "lab")]
    #[command(subcommand)]
    Karel(KarelCommand),
    /// Write the latent ledger of a store's samples: the value of each variable at each step of a trace.
    #[command(after_help = examples::LEDGER)]
    Ledger(LedgerArgs),
    /// Train and score small language models.
    #[cfg(feature = "lab")]
    #[command(subcommand)]
    Lm(LmCommand),
    /// Write a model's activations at the tokens of a latent ledger.
    #[cfg(feature = "lab")]
    #[command(after_help = examples::ACTS)]
    Acts(ActsArgs),
    /// Read variables from activations, under the original semantics and under others.
    #[cfg(feature = "lab")]
    #[command(after_help = examples::PROBE)]
    Probe(Box<ProbeArgs>),
    /// Patch a model's activations, or change the data's semantics, and measure the effect.
    #[cfg(feature = "lab")]
    #[command(after_help = examples::CAUSAL)]
    Causal(CausalArgs),
    /// Train sparse autoencoders on activations, and measure their features against the states of executed programs.
    #[cfg(feature = "lab")]
    #[command(subcommand)]
    Sae(SaeCommand),
    /// Measure what learning from a changing stream does to small networks, and what prevents it.
    #[cfg(feature = "lab")]
    #[command(subcommand)]
    Plasticity(PlasticityCommand),
    /// Run a whole experiment, from data to report.
    #[cfg(feature = "lab")]
    #[command(subcommand)]
    Demo(DemoCommand),
    /// Commands that this program was built without.
    #[cfg(not(feature = "lab"))]
    #[command(flatten)]
    Absent(AbsentCommand),
    /// Print a completion script for a shell.
    #[command(after_help = examples::COMPLETIONS)]
    Completions {
        /// Shell to complete for.
        shell: Shell,
    },
    /// Print the manual page, or write the pages of all commands to a folder.
    #[command(after_help = examples::MAN)]
    Man {
        /// Write one page per command to this folder.
        #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
        out: Option<PathBuf>,
    },
}

/// Arguments of `ledger`.
#[derive(Debug, Clone, ClapArgs)]
pub(crate) struct LedgerArgs {
    #[command(flatten)]
    pub(crate) store: StoreArg,
    /// The Parquet file to write; with --model the folder of a dataset.
    #[arg(long, value_name = "PATH")]
    pub(crate) out: PathBuf,
    #[cfg(feature = "lab")]
    #[command(flatten)]
    pub(crate) of_model: OfModelArgs,
    /// Values with a longer text are left out.
    #[arg(long, value_name = "BYTES", default_value_t = 256)]
    pub(crate) max_value: usize,
}

/// The option `--store`.
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

/// The option `--jobs`.
#[derive(Debug, Clone, ClapArgs)]
pub(crate) struct JobsArg {
    /// Number of workers [default: the number of processors]. Never changes a result.
    #[arg(long, short, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) jobs: Option<u16>,
}

/// The number of processors, 1 where the system does not say.
pub(crate) fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

impl JobsArg {
    /// The number of workers.
    pub(crate) fn count(&self) -> usize {
        self.jobs.map_or_else(processors, usize::from)
    }
}

/// The option `--unsafe-no-sandbox`.
#[derive(Debug, Clone, ClapArgs)]
pub(crate) struct SandboxArg {
    /// Run untrusted programs WITHOUT a sandbox if none is available. They can do whatever you can: delete
    /// files, use the network. Every sample is marked. Use it in a throw-away machine only.
    #[arg(long)]
    pub(crate) unsafe_no_sandbox: bool,
}

/// Options of commands that run programs, with an interpreter for each version that a source may need.
#[derive(Debug, Clone, ClapArgs)]
pub(crate) struct EnginesArgs {
    #[command(flatten)]
    pub(crate) jobs: JobsArg,
    #[command(flatten)]
    pub(crate) pythons: PythonsArg,
    #[command(flatten)]
    pub(crate) sandbox: SandboxArg,
}

/// Options of commands that run programs with one interpreter.
#[derive(Debug, Clone, ClapArgs)]
pub(crate) struct EngineArgs {
    #[command(flatten)]
    pub(crate) jobs: JobsArg,
    #[command(flatten)]
    pub(crate) python: PythonArg,
    #[command(flatten)]
    pub(crate) sandbox: SandboxArg,
}

/// Arguments of `init`.
#[derive(Debug, Clone, ClapArgs)]
pub(crate) struct InitArgs {
    /// The file to write; an existing file is not replaced.
    #[arg(default_value = "corpus.toml", value_hint = ValueHint::FilePath)]
    pub(crate) file: PathBuf,
    /// Name this git repository as the source: an address, or a path.
    #[arg(long, value_name = "URL", conflicts_with = "dir")]
    pub(crate) git: Option<String>,
    /// Name this folder as the source [default: the folder of the file].
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) dir: Option<PathBuf>,
}

/// Arguments of `doctor`.
#[derive(Debug, Clone, ClapArgs)]
pub(crate) struct DoctorArgs {
    #[command(flatten)]
    pub(crate) store: StoreArg,
    #[command(flatten)]
    pub(crate) python: PythonArg,
}

/// Corpus, cache and network options of a crawl.
#[derive(Debug, Clone, ClapArgs)]
pub(crate) struct CorpusArgs {
    /// The corpus, a TOML file [default: the starter corpus inside this binary].
    pub(crate) corpus: Option<PathBuf>,
    /// Folder for fetched repositories [default: `tracestone` in the user's cache folder]. The variable also
    /// moves the cache of the native recorder.
    #[arg(long, value_name = "DIR", env = "TRACESTONE_CACHE", value_hint = ValueHint::DirPath)]
    pub(crate) cache: Option<PathBuf>,
    /// Use the cache only and fetch nothing.
    #[arg(long)]
    pub(crate) offline: bool,
    /// Build into a store that holds another corpus: its rows stay, hidden, until it is built again.
    #[arg(long)]
    pub(crate) switch_corpus: bool,
}

/// Arguments of `build`.
#[derive(Debug, Clone, ClapArgs)]
pub(crate) struct BuildArgs {
    #[command(flatten)]
    pub(crate) corpus: CorpusArgs,
    #[command(flatten)]
    pub(crate) store: StoreArg,
    #[command(flatten)]
    pub(crate) engines: EnginesArgs,
    #[command(flatten)]
    pub(crate) budget: BudgetArgs,
    #[command(flatten)]
    pub(crate) tests: TestsArg,
    #[command(flatten)]
    pub(crate) inputs: InputsArg,
    #[command(flatten)]
    pub(crate) limit: LimitArg,
    #[command(flatten)]
    pub(crate) seed: SeedArg,
}

named! {
    /// Inputs to run programs with.
    inputs: Bounds {
        /// Mined calls, and generated ones that reach further lines, branches or results.
        "all" => Bounds::default(),
        /// Mined calls only, which an author wrote.
        "mined" => Bounds { mutated: 0, generated: 0, rounds: 0 },
    }
}

/// The option `--inputs`.
#[derive(Debug, Clone, ClapArgs)]
pub(crate) struct InputsArg {
    /// Inputs to run programs with.
    #[arg(long, value_parser = inputs(), default_value = "all")]
    pub(crate) inputs: Bounds,
}

/// The option `--limit`.
#[derive(Debug, Clone, ClapArgs)]
pub(crate) struct LimitArg {
    /// Trace at most this many programs, selected by their identifiers: an unbiased part of the corpus,
    /// and always the same one.
    #[arg(long, value_name = "N")]
    pub(crate) limit: Option<u64>,
}

/// Options for random choices.
#[derive(Debug, Clone, ClapArgs)]
pub(crate) struct SeedArg {
    /// Seed of every random choice: the lines and variables to ask about, and the split [default: 0, or
    /// the setting of the store].
    #[arg(long, value_name = "N")]
    pub(crate) seed: Option<u64>,
    /// Answers that `input` samples list if several calls have the same result [default: all, or the setting
    /// of the store].
    #[arg(long, value_parser = answers())]
    pub(crate) answers: Option<SameResults>,
}

named! {
    /// Answers to list for a question with several right ones.
    answers: SameResults {
        /// One as `answer`, the others as `other_answers`.
        "all" => SameResults::All,
        /// One answer only.
        "one" => SameResults::One,
    }
}

/// Budgets of a run.
#[derive(Debug, Clone, ClapArgs)]
#[command(next_help_heading = "Budgets of a run")]
pub(crate) struct BudgetArgs {
    /// Executed lines, at least 100.
    #[arg(long, value_name = "N", default_value_t = 4_000, value_parser = clap::value_parser!(u32).range(100..))]
    pub(crate) max_steps: u32,
    /// CPU seconds, for work that executes no lines; from 1 to 3600.
    #[arg(long, value_name = "SECONDS", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=3_600))]
    pub(crate) max_cpu: u32,
    /// Memory in MiB, at least 64.
    #[arg(long, value_name = "MIB", default_value_t = 512, value_parser = clap::value_parser!(u32).range(64..))]
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
    pub(crate) pythons: PythonsArg,
}

/// Arguments of `extract`.
#[derive(Debug, Clone, ClapArgs)]
pub(crate) struct ExtractArgs {
    #[command(flatten)]
    pub(crate) store: StoreArg,
    #[command(flatten)]
    pub(crate) engines: EnginesArgs,
    #[command(flatten)]
    pub(crate) tests: TestsArg,
}

/// The option `--test-seconds`.
#[derive(Debug, Clone, ClapArgs)]
pub(crate) struct TestsArg {
    /// CPU seconds for running the tests of each source, in the sandbox, to record the calls that they make; 0
    /// runs none.
    #[arg(long, value_name = "SECONDS", default_value_t = ExtractSettings::default().test_seconds)]
    pub(crate) test_seconds: u32,
}

/// Arguments of `trace`.
#[derive(Debug, Clone, ClapArgs)]
pub(crate) struct TraceArgs {
    #[command(flatten)]
    pub(crate) store: StoreArg,
    #[command(flatten)]
    pub(crate) engines: EnginesArgs,
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

named! {
    /// Licences to export.
    license_policies: LicensePolicy {
        /// Only where every licence found is permissive.
        "permissive" => LicensePolicy::Permissive,
        /// All, unknown ones included.
        "any" => LicensePolicy::Any,
    }
}

/// Selection of samples.
#[derive(Debug, Clone, ClapArgs)]
#[command(next_help_heading = "Samples")]
pub(crate) struct FilterArgs {
    /// Only these kinds, separated by commas.
    #[arg(long, value_name = "KIND", value_delimiter = ',', value_parser = words::kind())]
    pub(crate) kind: Vec<SampleKind>,
    /// Only these parts of the split, separated by commas.
    #[arg(long, value_name = "SPLIT", value_delimiter = ',', value_parser = words::split())]
    pub(crate) split: Vec<Split>,
    /// Licences to include.
    #[arg(long, value_parser = license_policies(), default_value = "permissive")]
    pub(crate) license_policy: LicensePolicy,
    /// Include samples that `curate` marked: duplicates, leaks into benchmarks, secrets, personal data.
    #[arg(long)]
    pub(crate) include_marked: bool,
    /// At most this many samples, in the order of their identifiers.
    #[arg(long, value_name = "N")]
    pub(crate) limit: Option<u64>,
}

/// Arguments of `export`.
#[derive(Debug, Clone, ClapArgs)]
pub(crate) struct ExportArgs {
    #[command(flatten)]
    pub(crate) store: StoreArg,
    /// Format of the export.
    #[arg(long, value_parser = export::formats(), default_value = "jsonl")]
    pub(crate) format: Format,
    /// The folder to write: a new or an empty one, or with --overwrite any.
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) out: PathBuf,
    /// Write into a folder that is not empty. The files of an earlier export in it are removed, files of
    /// the same names are replaced, and all others stay. An export without rows replaces none with rows.
    #[arg(long)]
    pub(crate) overwrite: bool,
    /// The order of rows [default: program for parquet, else shuffled].
    #[arg(long, value_parser = export::orders())]
    pub(crate) order: Option<Order>,
    /// Style of conversations (--format chat and rl-..) [default: steps].
    #[arg(long, value_parser = export::styles())]
    pub(crate) style: Option<Style>,
    /// One row for each run, with this many questions about it at most, each judged on its own (--format
    /// rl-..).
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=32))]
    pub(crate) probes: Option<u32>,
    /// Compress the files of lines. Whatever reads exports, such as `verify`, `eval` and `serve`, reads them too.
    #[arg(long, value_parser = export::compressions(), value_name = "HOW")]
    pub(crate) compress: Option<Compression>,
    /// Then upload the folder to this data set on the Hugging Face hub with your command `hf`.
    #[arg(long, value_name = "OWNER/NAME")]
    pub(crate) push: Option<String>,
    /// Write the prompts in this style, in one of several separated by commas, or `mixed` for one of all that
    /// state their definitions in the prompt. `mixed:7` chooses by another seed.
    #[arg(long, value_name = "STYLE", value_parser = words::prompt())]
    pub(crate) prompt: Option<PromptChoice>,
    /// Write the rationales in this form. Where a form has no place for a run, the rationale stays prose.
    #[arg(long, value_name = "FORM", default_value = "prose", value_parser = words::form())]
    pub(crate) rationale: Form,
    /// Write every sample. Without this, the default mix leaves out what there is too much of: trivial questions,
    /// frequent and plain answers, short runs, docstrings that repeat (docs/mix.md).
    #[arg(long, conflicts_with = "mix")]
    pub(crate) all: bool,
    #[command(flatten)]
    pub(crate) filter: FilterArgs,
    #[command(flatten)]
    pub(crate) choice: ChoiceArgs,
    /// Fit difficulty (`facts.difficulty`, --where, --mix) on the answers of these runs of `eval` on samples of the
    /// store, in the place of the estimate (docs/mix.md).
    #[arg(long, value_name = "RUN", num_args = 1.., value_hint = ValueHint::DirPath, help_heading = "Mix")]
    pub(crate) difficulty_from: Vec<PathBuf>,
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
    pub(crate) engines: EnginesArgs,
    /// At most this many samples.
    #[arg(long, value_name = "N")]
    pub(crate) limit: Option<u64>,
}
