//! Tasks and items from arguments.

use std::collections::BTreeMap;

use tracestone_eval::gather::{self, GatherError, Left, Wanted};
use tracestone_eval::item::Item;
use tracestone_eval::judge::Labelled;
use tracestone_eval::own::{self, OwnError};
use tracestone_eval::task::Task;
use tracestone_mix::Choice;
use tracestone_pipeline::{Chosen, RowFiles, SampleSource};
use tracestone_record::Split;
use tracestone_store::export::LicensePolicy;

use crate::args::{ItemsArgs, TaskArgs};
use crate::choosing;
use crate::failure::Failure;

/// The task with a name or in a file, with its parameters.
pub(crate) fn task(name: &str, args: &TaskArgs) -> Result<Task, Failure> {
    let message = args.system_message.as_deref();
    Ok(gather::task(
        name,
        &args.parameter,
        message,
        &RowFiles,
        super::TRACKS,
    )?)
}

/// The facts that slice the score.
pub(crate) fn slices(task: &Task, args: &TaskArgs) -> Vec<String> {
    if args.slice.is_empty() {
        task.slices().to_vec()
    } else {
        args.slice.clone()
    }
}

/// A task's items, as the filters want them.
pub(crate) fn load(task: &Task, args: &ItemsArgs) -> Result<Vec<Item>, Failure> {
    let wanted = Wanted {
        data: args.data.clone(),
        splits: args.split.clone(),
        permissive: args.license_policy == LicensePolicy::Permissive,
        range: args.limit,
        ids: args.sample_id.clone(),
        after: args.after.clone(),
    };
    let source = match &args.data {
        Some(path) => SampleSource::Export(path.clone()),
        None => SampleSource::Store(args.store.clone()),
    };
    let source = Chosen {
        source,
        choice: choosing::choice(&args.choice, Choice::default())?,
    };
    gather::items(task, &wanted, &source).map_err(|error| {
        let hint = hint(&error, args);
        let failure = Failure::from(error);
        match hint {
            Some(hint) => failure.hinted(hint),
            None => failure,
        }
    })
}

/// The source of the items, for the run's record.
pub(crate) fn origin(task: &Task, args: &ItemsArgs) -> String {
    match &args.data {
        Some(path) => path.display().to_string(),
        None if task.items().source.is_store() => args.store.display().to_string(),
        None => {
            let path = task.items().path.as_deref();
            path.map_or(String::new(), |path| task.path(path).display().to_string())
        }
    }
}

/// The labelled responses that a task's judge is compared with.
pub(crate) fn labelled(task: &Task) -> Result<Vec<Labelled>, Failure> {
    Ok(own::labelled(task, &RowFiles)?)
}

/// A hint about missing items.
fn hint(error: &GatherError, args: &ItemsArgs) -> Option<String> {
    Some(match error {
        GatherError::Samples(_) if args.data.is_some() => {
            "--data takes an exported .jsonl or .parquet file, or the folder of an export"
                .to_owned()
        }
        GatherError::Samples(_) => {
            "name a store with --store, or a file of items with --data".to_owned()
        }
        GatherError::Own(OwnError::NoFile(_)) => {
            "name it in the task's file, [items] path = .., or with --data".to_owned()
        }
        GatherError::Own(OwnError::Row { .. }) => {
            "[items.fields] in the task's file says which field is what".to_owned()
        }
        GatherError::NoFile(_) => "name it with --data, such as --data cruxeval.jsonl".to_owned(),
        GatherError::Row { task, .. } => {
            format!("the task {task} reads its benchmark's own file, one JSON object a line")
        }
        GatherError::Nothing { left, .. } => match left {
            Left::Filtered(all) => format!(
                "--limit, --sample-id and --after leave none of {all}; items without a known day count as not after it"
            ),
            Left::EmptyFile => "the file of items is empty".to_owned(),
            Left::Samples { parts, refused } => {
                let splits: Vec<_> = args.split.iter().map(|split| split.name()).collect();
                format!(
                    "only samples of the split {} were looked at (--split); {}",
                    splits.join(", "),
                    there(parts, *refused)
                )
            }
        },
        _ => return None,
    })
}

/// The samples of a task's kinds that are there, in other parts of the split or under other licences.
fn there(parts: &BTreeMap<Split, u64>, refused: u64) -> String {
    if refused > 0 {
        return format!(
            "{refused} of them are under no permissive licence: --license-policy any takes them"
        );
    }
    if parts.is_empty() {
        return "other parts contain none either; `tracestone status` shows the content of a store"
            .to_owned();
    }
    let listed: Vec<_> = parts
        .iter()
        .map(|(part, count)| format!("{count} in {}", part.name()))
        .collect();
    format!("there are {}: name a part with --split", listed.join(", "))
}
