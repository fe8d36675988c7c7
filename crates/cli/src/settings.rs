//! From arguments to the settings of the libraries.

use std::path::Path;

use tracestone_crawl::Corpus;
use tracestone_files as files;
#[cfg(feature = "lab")]
use tracestone_lab::{PatchSettings, ProbeSettings, Shape};
use tracestone_pipeline::{
    BuildSettings, CurateSettings, ExtractSettings, SampleSettings, TraceSettings,
};
use tracestone_trace::{Limits, SandboxChoice};

use crate::args::{
    BudgetArgs, BuildArgs, CorpusArgs, CurateArgs, EngineArgs, EnginesArgs, InputsArg, JobsArg,
    LimitArg, PythonsArg, SandboxArg, SeedArg, TestsArg,
};
#[cfg(feature = "lab")]
use crate::args::{PatchingArgs, ProbingArgs, TrainingArgs};
use crate::cache;
use crate::failure::{Failure, Hint as _};
use crate::interrupt;

/// The name and version that files name as their maker.
pub(crate) const TOOL: &str = concat!("tracestone ", env!("CARGO_PKG_VERSION"));

/// The corpus that was named, or the starter corpus.
pub(crate) fn corpus(args: &CorpusArgs) -> Result<Corpus, Failure> {
    match &args.corpus {
        None => Ok(tracestone_crawl::starter()?),
        Some(path) => {
            let text = files::read_text(path)
                .hint("name a TOML file, such as corpora/algorithms.toml, or leave it out to build the starter corpus")?;
            Ok(Corpus::parse(&text, path)?)
        }
    }
}

/// The settings of `crawl`.
pub(crate) fn crawl(
    corpus: &CorpusArgs,
    jobs: &JobsArg,
    pythons: &PythonsArg,
) -> tracestone_crawl::Settings {
    tracestone_crawl::Settings {
        // A corpus of folders needs none.
        cache: corpus.cache.clone().or_else(cache::folder),
        python: pythons.first().to_owned(),
        more_pythons: pythons.others().to_vec(),
        jobs: jobs.count(),
        offline: corpus.offline,
        // Where the other stages look for them.
        environments: cache::environments(),
    }
}

/// The settings of several sandboxed interpreters, the first one before the others.
pub(crate) fn engines(
    args: &EnginesArgs,
    budget: Option<&BudgetArgs>,
) -> (tracestone_trace::Settings, Vec<tracestone_trace::Settings>) {
    let EnginesArgs {
        jobs,
        pythons,
        sandbox,
    } = args;
    let settings = |python: &Path| engine_of(python, jobs.count(), sandbox, budget);
    let others = pythons.others().iter().map(|python| settings(python));
    (settings(pythons.first()), others.collect())
}

/// The settings of the sandboxed interpreter.
pub(crate) fn engine(args: &EngineArgs) -> tracestone_trace::Settings {
    engine_of(&args.python.python, args.jobs.count(), &args.sandbox, None)
}

fn engine_of(
    python: &Path,
    workers: usize,
    sandbox: &SandboxArg,
    budget: Option<&BudgetArgs>,
) -> tracestone_trace::Settings {
    let mut limits = Limits::default();
    if let Some(budget) = budget {
        limits.max_steps = budget.max_steps;
        limits.cpu_seconds = budget.max_cpu;
        limits.memory_bytes = u64::from(budget.max_memory) << 20;
    }
    tracestone_trace::Settings {
        python: python.to_owned(),
        workers,
        limits,
        sandbox: if sandbox.unsafe_no_sandbox {
            SandboxChoice::Unsafe
        } else {
            SandboxChoice::Strongest
        },
        native: cache::native_recorder(),
        trees: cache::folder().map(|folder| folder.join("trees")),
        environments: cache::environments(),
        interrupted: interrupt::requested,
    }
}

/// The settings of `trace`.
pub(crate) fn trace(inputs: &InputsArg, limit: &LimitArg) -> TraceSettings {
    TraceSettings {
        inputs: inputs.inputs,
        limit: limit.limit,
    }
}

/// The settings of `sample`.
pub(crate) fn sample(jobs: &JobsArg, seed: &SeedArg) -> SampleSettings {
    SampleSettings {
        jobs: jobs.count(),
        seed: seed.seed,
        same_results: seed.answers,
    }
}

/// The settings of `curate`.
pub(crate) fn curate(args: &CurateArgs) -> CurateSettings {
    CurateSettings {
        jobs: args.engine.jobs.count(),
        against: args.benchmarks.against.clone(),
        field: args.benchmarks.field.clone(),
        forget_benchmarks: args.benchmarks.forget_benchmarks,
        same_behaviour: match (
            args.benchmarks.same_behaviour,
            args.benchmarks.no_same_behaviour,
        ) {
            (true, _) => Some(true),
            (_, true) => Some(false),
            _ => None,
        },
        per_program: args.most.max_per_program,
        per_cluster: args.most.max_per_cluster,
    }
}

/// The settings of `extract`.
pub(crate) fn extract(jobs: &JobsArg, tests: &TestsArg) -> ExtractSettings {
    ExtractSettings {
        jobs: jobs.count(),
        test_seconds: tests.test_seconds,
    }
}

/// The settings of a whole build.
pub(crate) fn build(args: &BuildArgs) -> BuildSettings {
    let EnginesArgs { jobs, pythons, .. } = &args.engines;
    BuildSettings {
        crawl: crawl(&args.corpus, jobs, pythons),
        extract: extract(jobs, &args.tests),
        trace: trace(&args.inputs, &args.limit),
        sample: sample(jobs, &args.seed),
        curate: CurateSettings {
            jobs: jobs.count(),
            ..CurateSettings::default()
        },
    }
}

#[cfg(feature = "lab")]
/// The shape of a small model and its training.
pub(crate) fn shape(args: &TrainingArgs) -> Shape {
    Shape {
        steps: args.steps,
        batch: args.batch,
        parts: args.parts,
        learning_rate: args.learning_rate,
        warmup: args.warmup,
        weight_decay: args.weight_decay,
        hidden: args.hidden,
        intermediate: args.intermediate,
        layers: args.layers,
        heads: args.heads,
        checkpoints: args.checkpoints,
    }
}

#[cfg(feature = "lab")]
/// The settings of probes.
pub(crate) fn probes(args: &ProbingArgs, seed: u64, jobs: &JobsArg) -> ProbeSettings {
    ProbeSettings {
        variables: args.variable.clone(),
        offsets: args.offset.clone(),
        layers: args.probe_layers.clone(),
        deep_offsets: args.deep_offset.clone(),
        width: args.probe_width,
        epochs: args.epochs,
        learning_rate: args.probe_rate,
        weight_decay: args.probe_decay,
        seeds: args.seeds,
        shuffles: args.shuffles,
        fit_steps: args.fit_steps.clone(),
        draws: args.draws,
        seed,
        threads: jobs.count(),
    }
}

#[cfg(feature = "lab")]
/// The settings of patches.
pub(crate) fn patches(args: &PatchingArgs, seed: u64) -> PatchSettings {
    PatchSettings {
        programs: args.programs,
        strength: args.strength,
        draws: args.patch_draws,
        seed,
    }
}
