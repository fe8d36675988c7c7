//! From what was typed to a task and its items.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::Path;

use tracestone_eval::claims;
use tracestone_eval::item::{self, Item, Side};
use tracestone_eval::task::{Source, Task};
use tracestone_record::{Sample, SampleKind};
use tracestone_store::{Filter, LicensePolicy, Store, read_samples};

use crate::args::{ItemsArgs, LicensePolicyArg, TaskArgs};
use crate::failure::{Failure, Hint as _};

/// The task with a name or in a file, with what was typed for it.
pub(crate) fn task(name: &str, args: &TaskArgs) -> Result<Task, Failure> {
    let mut task = if Path::new(name).extension().is_some_and(|end| end == "toml") {
        let path = Path::new(name);
        let text = std::fs::read_to_string(path)
            .map_err(|error| Failure::new(format!("{name}: {error}")))?;
        let templates = path.parent().unwrap_or(Path::new(".")).join("templates");
        Task::parse(&text, |template| {
            let file = templates.join(template);
            std::fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()))
        })?
    } else {
        Task::embedded(name).ok_or_else(|| {
            let known: Vec<_> = Task::known().into_iter().map(|(name, _)| name).collect();
            Failure::new(format!("there is no task `{name}`")).hinted(format!(
                "tasks are {}; a task of your own is a .toml file",
                known.join(", ")
            ))
        })??
    };
    task.set_parameters(&args.parameter)?;
    if let Some(message) = &args.system_message {
        task.set_system(message.clone());
    }
    Ok(task)
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
    let mut items = if task.items().source.is_store() {
        of_samples(task, args)?
    } else {
        of_benchmark(task, args)?
    };
    let all = items.len();
    if let Some(day) = &args.after {
        items.retain(|item| item.date.as_deref().is_some_and(|date| date > day.as_str()));
    }
    if !args.sample_id.is_empty() {
        items.retain(|item| args.sample_id.contains(&item.id));
    }
    if let Some(range) = args.limit {
        let to = range.to.min(items.len());
        items = items
            .split_off((range.from - 1).min(to))
            .into_iter()
            .collect();
        items.truncate(to + 1 - range.from.min(to + 1));
    }
    if items.is_empty() {
        return Err(nothing(task, args, all)?);
    }
    Ok(items)
}

fn nothing(task: &Task, args: &ItemsArgs, all: usize) -> Result<Failure, Failure> {
    let failure = Failure::new(format!("the task {} has no items here", task.name()));
    if all > 0 {
        return Ok(failure.hinted(format!(
            "--limit, --sample-id and --after leave none of {all}; items without a known day count as not after it"
        )));
    }
    if !task.items().source.is_store() {
        return Ok(failure.hinted("the file of items is empty"));
    }
    let splits: Vec<_> = args.split.iter().map(|split| split.name()).collect();
    Ok(failure.hinted(format!(
        "only samples of the split {} were looked at (--split); {}",
        splits.join(", "),
        there(task, args)?
    )))
}

/// What of a task's kinds is there, in other parts of the split or under other licences.
fn there(task: &Task, args: &ItemsArgs) -> Result<String, Failure> {
    let kinds = &task.items().kinds;
    let permissive = args.license_policy == LicensePolicyArg::Permissive;
    let mut parts: BTreeMap<&str, u64> = BTreeMap::new();
    let mut refused: u64 = 0;
    each_sample(args, kinds, |sample| {
        if !permissive || sample.provenance.permissive {
            *parts.entry(sample.split.name()).or_default() += 1;
        } else if args.split.contains(&sample.split) {
            refused += 1;
        }
    })?;
    let listed: Vec<_> = parts
        .iter()
        .map(|(part, count)| format!("{count} in {part}"))
        .collect();
    Ok(if refused > 0 {
        format!(
            "{refused} of them are under no permissive licence: --license-policy any takes them"
        )
    } else if !parts.is_empty() {
        format!("there are {}: name a part with --split", listed.join(", "))
    } else {
        "other parts hold none either; `tracestone status` says what is in a store".to_owned()
    })
}

/// Reads the samples of some kinds, of all parts and licences.
fn each_sample(
    args: &ItemsArgs,
    kinds: &[SampleKind],
    mut visit: impl FnMut(&Sample),
) -> Result<(), Failure> {
    match &args.data {
        Some(path) => read_samples(path, |sample| {
            if kinds.is_empty() || kinds.contains(&sample.kind) {
                visit(&sample);
            }
            ControlFlow::Continue(())
        })?,
        None => {
            let filter = Filter {
                kinds: kinds.to_vec(),
                ..Filter::default()
            };
            Store::open_read_only(&args.store)?.samples(&filter, |row| {
                visit(&row.sample);
                ControlFlow::Continue(())
            })?;
        }
    }
    Ok(())
}

/// Where the items come from, for the run's record.
pub(crate) fn origin(task: &Task, args: &ItemsArgs) -> String {
    match &args.data {
        Some(path) => path.display().to_string(),
        None if task.items().source.is_store() => args.store.display().to_string(),
        None => String::new(),
    }
}

fn of_samples(task: &Task, args: &ItemsArgs) -> Result<Vec<Item>, Failure> {
    let kinds = &task.items().kinds;
    let mut samples: Vec<Sample> = Vec::new();
    let permissive = args.license_policy == LicensePolicyArg::Permissive;
    match &args.data {
        Some(path) => read_samples(path, |sample| {
            let wanted = (kinds.is_empty() || kinds.contains(&sample.kind))
                && args.split.contains(&sample.split)
                && (!permissive || sample.provenance.permissive);
            if wanted {
                samples.push(sample);
            }
            ControlFlow::Continue(())
        })
        .hint("--data takes an exported .jsonl or .parquet file, or the folder of an export")?,
        None => {
            let filter = Filter {
                kinds: kinds.clone(),
                splits: args.split.clone(),
                license: if permissive {
                    LicensePolicy::Permissive
                } else {
                    LicensePolicy::Any
                },
                limit: None,
            };
            Store::open_read_only(&args.store)
                .hint("name a store with --store, or a file of items with --data")?
                .samples(&filter, |row| {
                    samples.push(row.sample);
                    ControlFlow::Continue(())
                })?;
        }
    }
    samples.sort_by_key(|sample| sample.id);
    let mut items = match task.items().source {
        Source::Claims => claims::from_samples(&samples),
        _ => samples.iter().map(item::from_sample).collect(),
    };
    item::cluster_by_program_within_one_group(&mut items);
    Ok(items)
}

fn of_benchmark(task: &Task, args: &ItemsArgs) -> Result<Vec<Item>, Failure> {
    let Some(path) = &args.data else {
        return Err(Failure::new(format!(
            "the task {} needs its benchmark's file",
            task.name()
        ))
        .hinted("name it with --data, such as --data cruxeval.jsonl"));
    };
    let shown = path.display();
    let text =
        std::fs::read_to_string(path).map_err(|error| Failure::new(format!("{shown}: {error}")))?;
    let items = match task.items().source {
        Source::CruxevalInput => item::from_cruxeval(&text, Side::Input),
        Source::CruxevalOutput => item::from_cruxeval(&text, Side::Output),
        _ => item::from_livecodebench(&text),
    };
    items.map_err(|error| {
        Failure::new(format!("{shown}, {error}")).hinted(format!(
            "the task {} reads its benchmark's own file, one JSON object a line",
            task.name()
        ))
    })
}
