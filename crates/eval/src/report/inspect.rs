//! A log that `inspect_ai` opens: `inspect view`, `read_eval_log`, and its data frames.
//!
//! The format is a zip of JSON files (its schema is what `inspect log schema` prints). Everything in
//! it comes from the run, names that have to be unique included, so that the same run is the same bytes.
//!
//! Every response that should be there is a sample with a score, also where the model could not be
//! asked: what `inspect_ai` computes of the samples is then the run's accuracy. A score is `C`orrect,
//! `I`ncorrect, or `N`o answer, which counts as incorrect there too.

mod sample;

use std::collections::BTreeMap;
use std::io::{self, Cursor, Write as _};
use std::time::Duration;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde_json::{Value, json};
use zip::write::{SimpleFileOptions, ZipWriter};

use self::sample::{failure, sample, summary};
use super::{Results, Told};
use crate::judge::Status;
use crate::log::Reply;
use crate::model::{Generation, Message, Response, Role, Stop, Usage};
use crate::score::item_values;
use crate::stats::clustered_error;

/// The version of the format.
const VERSION: u32 = 2;
/// The fact whose equality makes samples a cluster, for `stderr(cluster="cluster")`.
const CLUSTER: &str = "cluster";

/// The name that `inspect_ai` gives a log's file.
#[must_use]
pub fn file_name(results: &Results<'_>) -> String {
    let header = results.header;
    let part = |text: &str| text.replace(['_', '/', ':', '+'], "-");
    format!(
        "{}_{}_{}.eval",
        part(&time(&header.created)),
        part(&header.task),
        id(results, "task")
    )
}

/// The file's bytes.
///
/// # Errors
/// The archive is larger than the format can hold.
pub fn log(results: &Results<'_>) -> io::Result<Vec<u8>> {
    let mut archive = Archive(ZipWriter::new(Cursor::new(Vec::new())));
    let spec = spec(results);
    let plan = plan(&results.header.generation);
    let start = json!({ "version": VERSION, "eval": spec, "plan": plan });
    archive.add("_journal/start.json", &start)?;
    let mut summaries = Vec::new();
    for told in results.told() {
        let sample = sample(results, told);
        let name = format!(
            "samples/{}_epoch_{}.json",
            told.asked.item.id,
            told.repeat + 1
        );
        archive.add(&name, &sample)?;
        summaries.push(summary(sample));
    }
    archive.add("_journal/summaries/1.json", &Value::from(summaries.clone()))?;
    archive.add("summaries.json", &Value::from(summaries))?;
    archive.add("reductions.json", &reductions(results))?;
    archive.add("header.json", &header(results, spec, plan))?;
    Ok(archive.0.finish()?.into_inner())
}

struct Archive(ZipWriter<Cursor<Vec<u8>>>);

impl Archive {
    fn add(&mut self, name: &str, value: &Value) -> io::Result<()> {
        // The default time is a constant: no clock reaches the file.
        self.0.start_file(name, SimpleFileOptions::default())?;
        self.0.write_all(&serde_json::to_vec(value)?)
    }
}

/// A name that is unique to the run and to what it names.
fn id(results: &Results<'_>, of: &str) -> String {
    let text = format!(
        "{}\0{}\0{of}",
        results.header.folder(),
        results.header.created
    );
    blake3::hash(text.as_bytes()).to_hex()[..22].to_owned()
}

/// A time of ours as theirs: with a number for the zone.
fn time(utc: &str) -> String {
    match utc.strip_suffix('Z') {
        Some(rest) => format!("{rest}+00:00"),
        None => utc.to_owned(),
    }
}

fn text(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

fn spec(results: &Results<'_>) -> Value {
    let header = results.header;
    let (judge, version) = &results.scored.judge;
    let (tool, tool_version) = header.tool.split_once(' ').unwrap_or((&header.tool, ""));
    let ids: Vec<_> = results.asked.iter().map(|one| &one.item.id).collect();
    let metrics = json!([
        { "name": "inspect_ai/accuracy", "options": {} },
        { "name": "inspect_ai/stderr", "options": { "cluster": CLUSTER } },
    ]);
    json!({
        "eval_id": id(results, "eval"),
        "run_id": id(results, "run"),
        "created": time(&header.created),
        "task": header.task,
        "task_id": id(results, "task"),
        "task_version": header.task_hash,
        "task_args": header.parameters,
        "task_args_passed": header.parameters,
        "solver": "generate",
        "dataset": {
            "name": header.task,
            "location": header.data,
            "samples": header.items,
            "sample_ids": ids,
            "shuffled": false,
        },
        "model": header.model,
        "model_base_url": header.endpoint,
        "model_generate_config": generation(&header.generation),
        "config": {
            "epochs": header.epochs,
            "epochs_reducer": ["mean"],
            "fail_on_error": false,
            "score_on_error": true,
        },
        "packages": { (tool): tool_version },
        "scorers": [{ "name": judge, "options": { "version": version }, "metrics": metrics }],
        "metadata": {
            "items_hash": header.items_hash,
            "task_hash": header.task_hash,
            "judge": judge,
            "judge_version": version,
            "extraction": header.extraction,
            "tool": header.tool,
            "run": header.folder(),
        },
    })
}

fn generation(generation: &Generation) -> Value {
    // The names are theirs already.
    let mut value = serde_json::to_value(generation).unwrap_or_default();
    if let Some(map) = value.as_object_mut() {
        map.retain(|_, value| !value.is_null());
    }
    value
}

fn plan(settings: &Generation) -> Value {
    json!({
        "name": "plan",
        "steps": [{ "solver": "generate", "params": {}, "params_passed": {} }],
        "config": generation(settings),
    })
}

fn header(results: &Results<'_>, spec: Value, plan: Value) -> Value {
    let count = |status| results.scored.score.statuses.get(&status).copied();
    let missing = count(Status::Missing).unwrap_or(0);
    let usage = model_usage(results, results.scored.score.usage, results.scored.cost);
    let nothing = !results.scored.score.is_of_something();
    let mut header = json!({
        "version": VERSION,
        "status": match (nothing, missing) {
            (true, _) => "error",
            (false, 0) => "success",
            (false, _) => "cancelled",
        },
        "eval": spec,
        "plan": plan,
        "results": numbers(results),
        "stats": {
            "started_at": time(&results.header.created),
            "completed_at": time(results.finished()),
            "model_usage": usage,
        },
    });
    if nothing {
        header["error"] = failure(&why_nothing(results));
    }
    header
}

/// The most frequent reason for which a run has no answer at all.
fn why_nothing(results: &Results<'_>) -> String {
    let mut reasons: BTreeMap<String, usize> = BTreeMap::new();
    for told in results.told() {
        if let Some(Reply::Error(error)) = told.entry.map(|entry| &entry.reply) {
            *reasons.entry(error.to_string()).or_default() += 1;
        }
    }
    let most = reasons.values().max().copied();
    let found = reasons.into_iter().find(|(_, count)| Some(*count) == most);
    found.map_or_else(|| "the model was not asked".to_owned(), |(why, _)| why)
}

fn numbers(results: &Results<'_>) -> Value {
    let score = &results.scored.score;
    let judge = &results.scored.judge.0;
    let metric = |name: &str, value: f64| json!({ "name": name, "value": value });
    let values = item_values(results.verdicts);
    let mut metrics = BTreeMap::from([
        ("accuracy".to_owned(), metric("accuracy", score.accuracy)),
        (
            "stderr".to_owned(),
            json!({
                "name": "stderr",
                "value": clustered_error(&values, &clusters(results)),
                "params": { "cluster": CLUSTER },
            }),
        ),
        ("low_95".to_owned(), metric("low_95", score.interval.low)),
        ("high_95".to_owned(), metric("high_95", score.interval.high)),
        ("credit".to_owned(), metric("credit", score.credit)),
        ("at_best".to_owned(), metric("at_best", score.at_best)),
    ]);
    for (k, value) in &score.pass_at {
        let name = format!("pass_at_{k}");
        metrics.insert(name.clone(), metric(&name, *value));
    }
    if let Some(majority) = score.majority {
        metrics.insert("majority".to_owned(), metric("majority", majority));
    }
    let answered: u64 = score
        .statuses
        .iter()
        .filter(|(status, _)| status.is_answered())
        .map(|(_, count)| count)
        .sum();
    let total = score.items * score.epochs;
    json!({
        "total_samples": total,
        "completed_samples": answered,
        "logged_samples": total,
        "scores": [{
            "name": judge,
            "scorer": judge,
            "reducer": reducer(results),
            "scored_samples": score.items,
            "unscored_samples": 0,
            "params": {},
            "metrics": metrics,
        }],
        "headline": { "scorer": judge, "metric": "accuracy" },
        "metadata": {
            "interval": score.interval,
            "clusters": score.clusters,
            "statuses": score.statuses,
            "reasons": score.reasons,
            "slices": score.slices,
            "references": results.scored.references,
        },
    })
}

fn clusters<'a>(results: &Results<'a>) -> Vec<&'a str> {
    let asked = results.asked.iter();
    asked.map(|one| one.item.cluster.as_str()).collect()
}

/// Reducer of an item's epochs to one value; `None` with one epoch.
fn reducer(results: &Results<'_>) -> Option<&'static str> {
    (results.scored.score.epochs > 1).then_some("mean")
}

fn reductions(results: &Results<'_>) -> Value {
    let values = item_values(results.verdicts);
    let samples: Vec<_> = results
        .asked
        .iter()
        .zip(values)
        .map(|(asked, value)| json!({ "sample_id": asked.item.id, "value": value }))
        .collect();
    json!([{
        "scorer": results.scored.judge.0,
        "reducer": reducer(results),
        "samples": samples,
    }])
}

/// Theirs counts cached tokens apart from the others.
fn usage(usage: Usage) -> Value {
    json!({
        "input_tokens": usage.input_tokens.saturating_sub(usage.cached_tokens),
        "input_tokens_cache_read": usage.cached_tokens,
        "output_tokens": usage.output_tokens,
        "reasoning_tokens": usage.reasoning_tokens,
        "total_tokens": usage.input_tokens + usage.output_tokens,
    })
}

fn model_usage(results: &Results<'_>, used: Option<Usage>, cost: Option<f64>) -> Value {
    let Some(used) = used else {
        return json!({});
    };
    let mut used = usage(used);
    if let Some(cost) = cost {
        used["total_cost"] = json!(cost);
    }
    json!({ (results.header.model.as_str()): used })
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::sample::{SUMMARY_TEXT, thin};
    use super::*;
    use crate::report::fixture::Fixture;

    fn read(bytes: &[u8], name: &str) -> Value {
        let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
        let mut text = String::new();
        archive
            .by_name(name)
            .unwrap()
            .read_to_string(&mut text)
            .unwrap();
        serde_json::from_str(&text).unwrap()
    }

    #[test]
    fn the_same_run_is_the_same_bytes() {
        let (one, two) = (Fixture::new(), Fixture::new());
        assert_eq!(log(&one.results()).unwrap(), log(&two.results()).unwrap());
        let name = file_name(&one.results());
        assert!(
            name.starts_with("2026-11-25T10-00-00-00-00_trace_") && name.ends_with(".eval"),
            "{name}"
        );
    }

    #[test]
    fn what_the_samples_say_is_the_accuracy() {
        let fixture = Fixture::new();
        let bytes = log(&fixture.results()).unwrap();
        let header = read(&bytes, "header.json");
        let accuracy = &header["results"]["scores"][0]["metrics"]["accuracy"]["value"];
        let summaries = read(&bytes, "summaries.json");
        let summaries = summaries.as_array().unwrap();
        let correct = summaries
            .iter()
            .filter(|one| one["scores"]["trace"]["value"] == "C")
            .count();
        assert_eq!((correct, summaries.len()), (3, fixture.responses()));
        assert_eq!(accuracy, 0.5);
        let reduced = read(&bytes, "reductions.json");
        let values: Vec<_> = reduced[0]["samples"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["value"].as_f64().unwrap())
            .collect();
        assert!((values.iter().sum::<f64>() / 2.0 - 0.5).abs() < 1e-12);
    }

    #[test]
    fn what_is_missing_is_an_error_and_the_log_not_a_success() {
        let fixture = Fixture::new();
        let bytes = log(&fixture.results()).unwrap();
        assert_eq!(read(&bytes, "header.json")["status"], "cancelled");
        let failed = read(&bytes, "samples/two_epoch_2.json");
        assert_eq!(failed["error"]["message"], "server (HTTP 500): it burns");
        assert_eq!(failed["scores"]["trace"]["reason"], "api_error");
        let missing = read(&bytes, "samples/two_epoch_3.json");
        assert_eq!(missing["error"]["message"], "the model was not asked yet");
        assert_eq!(missing["metadata"]["cluster"], "group-two");
    }

    #[test]
    fn the_transcript_has_the_call_and_the_score() {
        let fixture = Fixture::new();
        let bytes = log(&fixture.results()).unwrap();
        let kinds = |name: &str| -> Vec<String> {
            let sample = read(&bytes, name);
            let events = sample["events"].as_array().unwrap().clone();
            let kinds = events
                .iter()
                .map(|event| event["event"].as_str().unwrap().to_owned());
            kinds.collect()
        };
        assert_eq!(
            kinds("samples/one_epoch_1.json"),
            ["sample_init", "model", "score"]
        );
        assert_eq!(kinds("samples/two_epoch_3.json"), ["sample_init", "score"]);
        let sample = read(&bytes, "samples/one_epoch_1.json");
        let model = &sample["events"][1];
        assert_eq!(model["output"], sample["output"]);
        let said = &sample["messages"].as_array().unwrap().last().unwrap()["content"];
        assert_eq!(said[0]["type"], "reasoning");
        let failed = read(&bytes, "samples/two_epoch_2.json");
        assert_eq!(failed["events"][1]["error"], "server (HTTP 500): it burns");
    }

    #[test]
    fn tokens_from_the_cache_are_counted_apart() {
        let fixture = Fixture::new();
        let bytes = log(&fixture.results()).unwrap();
        let sample = read(&bytes, "samples/one_epoch_1.json");
        let usage = &sample["output"]["usage"];
        assert_eq!(usage["input_tokens"], 100);
        assert_eq!(usage["input_tokens_cache_read"], 20);
        assert_eq!(usage["total_tokens"], 150);
    }

    #[test]
    fn summaries_are_short() {
        let mut value = json!({ "a": "é".repeat(2000), "b": vec![1; 2000], "c": 1 });
        thin(&mut value);
        assert_eq!(
            value["a"].as_str().unwrap().chars().count(),
            SUMMARY_TEXT + 3
        );
        assert_eq!(value["b"], "Key removed from summary (> 1k)");
        assert_eq!(value["c"], 1);
    }
}
