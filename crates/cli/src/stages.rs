//! Code shared by the commands of the stages: the store to work on, and the closing messages.

use tracestone_pipeline::{EmptyParts, StageReport, refuse_other_corpus, refuse_other_language};
use tracestone_record::Split;
use tracestone_store::Store;

use crate::args::{CorpusArgs, StoreArg};
use crate::failure::{Exit, Failure};

/// The store for a corpus, made where there is none.
pub(crate) fn store_for(
    corpus: &str,
    store: &StoreArg,
    args: &CorpusArgs,
) -> Result<Store, Failure> {
    let store = Store::create_or_open(&store.store)?;
    refuse_other_language(&store)?;
    if !args.switch_corpus {
        refuse_other_corpus(&store, corpus)?;
    }
    Ok(store)
}

/// The store that is there.
pub(crate) fn store(args: &StoreArg) -> Result<Store, Failure> {
    let store = Store::open(&args.store)?;
    refuse_other_language(&store)?;
    Ok(store)
}

/// The exit code that a report asks for.
pub(crate) fn exit(report: &StageReport) -> Exit {
    if report.interrupted {
        Exit::Interrupted
    } else if report.failed > 0 {
        Exit::Partial
    } else {
        Exit::Success
    }
}

/// A report for `--json`.
pub(crate) fn to_json(report: &StageReport) -> serde_json::Value {
    serde_json::json!({
        "stage": report.stage.name(),
        "done": report.done,
        "reused": report.reused,
        "failed": report.failed,
        "seconds": (report.seconds * 1000.0).round() / 1000.0,
        "interrupted": report.interrupted,
    })
}

/// A warning about parts of the split without samples, with what to do.
pub(crate) fn warning(parts: &EmptyParts) -> String {
    let EmptyParts { empty, there, by } = parts;
    let empty: Vec<_> = empty.iter().copied().map(Split::name).collect();
    let finer = match by.as_str() {
        "source" => "write `group_by = \"file\"` under [split] in the corpus, ",
        "file" => "write `group_by = \"unit\"` under [split] in the corpus, ",
        _ => "",
    };
    let listed: Vec<_> = there
        .iter()
        .map(|(part, count)| format!("{part} {count}"))
        .collect();
    format!(
        "no sample is in {} ({}): samples that share a {by} or a definition stay together, and there are \
         too few groups; {finer}add sources, or select a part that has samples, as in `eval --split {}`",
        empty.join(" and "),
        listed.join(", "),
        there
            .iter()
            .max_by_key(|(_, count)| **count)
            .map_or("train", |(part, _)| part.as_str()),
    )
}
