//! The two files that lm-evaluation-harness writes: results, and one JSON object an item.
//!
//! Its metrics are numbers by item, so categories of responses other than right and wrong are metrics of
//! their own (`unparsable`, `truncated`, ..): shares, of which less is better.

use std::io;

use chrono::DateTime;
use serde_json::{Map, Value, json};

use super::hash::sha256_hex;
use super::{File, Results, Told};
use crate::judge::{Status, Verdict};
use crate::log::Reply;
use crate::stats::{clustered_error, mean};

/// The filter's name: answers are found by our own rules.
const FILTER: &str = "none";
/// Statuses that keep a response from being judged.
const TROUBLES: [Status; 6] = [
    Status::Unparsable,
    Status::SetOrder,
    Status::Truncated,
    Status::Refused,
    Status::ApiError,
    Status::Missing,
];

/// The results and the samples.
///
/// # Errors
/// A time of the run is none.
pub fn files(results: &Results<'_>) -> io::Result<[File; 2]> {
    let header = results.header;
    let folder = sanitized(&header.model);
    let time = header.created.trim_end_matches('Z').replace(':', "-");
    let samples = samples(results);
    let hashes: String = samples
        .iter()
        .flat_map(|one| ["doc_hash", "prompt_hash", "target_hash"].map(|name| &one[name]))
        .filter_map(Value::as_str)
        .collect();
    let summary = summary(results, &sha256_hex(&hashes))?;
    let lines: String = samples.iter().map(|one| format!("{one}\n")).collect();
    Ok([
        File {
            path: format!("{folder}/results_{time}.json"),
            bytes: format!("{}\n", serde_json::to_string_pretty(&summary)?).into_bytes(),
        },
        File {
            path: format!("{folder}/samples_{}_{time}.jsonl", header.task),
            bytes: lines.into_bytes(),
        },
    ])
}

/// A model's name as a folder's: every group of characters that some file system refuses is `__`.
fn sanitized(model: &str) -> String {
    let mut name = String::new();
    let mut refused = false;
    for c in model.chars() {
        if "\"<>:/|\\?*[]".contains(c) {
            if !refused {
                name.push_str("__");
            }
            refused = true;
        } else {
            name.push(c);
            refused = false;
        }
    }
    name
}

/// A metric: its name, whether more is better, and its value for a verdict.
type Metric = (&'static str, bool, fn(&Verdict) -> f64);

const RIGHT: Metric = ("acc", true, |verdict| {
    f64::from(u8::from(verdict.status == Status::Correct))
});
const CREDIT: Metric = ("credit", true, |verdict| verdict.credit);

/// The values of all metrics for one item: means over its responses.
fn metrics(row: &[Verdict]) -> Vec<(&'static str, bool, f64)> {
    let over = |value: &dyn Fn(&Verdict) -> f64| {
        let values: Vec<f64> = row.iter().map(value).collect();
        mean(&values)
    };
    let mut all: Vec<_> = [RIGHT, CREDIT]
        .into_iter()
        .map(|(name, better, value)| (name, better, over(&value)))
        .collect();
    for trouble in TROUBLES {
        let share = over(&|verdict| f64::from(u8::from(verdict.status == trouble)));
        all.push((trouble.name(), false, share));
    }
    all
}

fn samples(results: &Results<'_>) -> Vec<Value> {
    let told: Vec<Told<'_>> = results.told().collect();
    let items = told.chunk_by(|one, other| one.index == other.index);
    items.map(|responses| sample(results, responses)).collect()
}

fn sample(results: &Results<'_>, responses: &[Told<'_>]) -> Value {
    let first = responses[0];
    let item = &first.asked.item;
    let doc = json!({
        "id": item.id,
        "kind": item.kind,
        "fields": item.fields,
        "cluster": item.cluster,
        "date": item.date,
        "facts": item.facts,
    });
    // The text that is hashed is the one that Python's `json.dumps(doc, indent=2)` makes.
    let doc_text = serde_json::to_string_pretty(&doc).unwrap_or_default();
    let prompt = serde_json::to_string(&first.asked.messages).unwrap_or_default();
    let said: Vec<&str> = responses
        .iter()
        .map(|one| match one.entry.map(|entry| &entry.reply) {
            Some(Reply::Response(response)) => response.text.as_str(),
            _ => "",
        })
        .collect();
    let found: Vec<&str> = responses
        .iter()
        .map(|one| one.verdict.answer.as_deref().unwrap_or(""))
        .collect();
    let metrics = metrics(&results.verdicts[first.index]);
    let names: Vec<_> = metrics.iter().map(|metric| metric.0).collect();
    let mut sample = json!({
        "doc_id": first.index,
        "target": item.answer,
        "arguments": { "gen_args_0": { "arg_0": prompt, "arg_1": settings(results) } },
        "resps": [said],
        "filtered_resps": found,
        "filter": FILTER,
        "metrics": names,
        "doc_hash": sha256_hex(&doc_text),
        "prompt_hash": sha256_hex(&prompt),
        "target_hash": sha256_hex(&item.answer),
        "doc": doc,
    });
    for (name, _, value) in metrics {
        sample[name] = json!(value);
    }
    sample
}

fn settings(results: &Results<'_>) -> Value {
    let generation = &results.header.generation;
    json!({
        "until": generation.stop_seqs,
        "max_gen_toks": generation.max_tokens,
        "temperature": generation.temperature,
        "top_p": generation.top_p,
        "do_sample": generation.temperature.is_none_or(|temperature| temperature > 0.0),
    })
}

fn summary(results: &Results<'_>, task_hash: &str) -> io::Result<Value> {
    let header = results.header;
    let task = header.task.as_str();
    let (values, better) = values(results);
    let began = seconds(&header.created)?;
    let shots = results.asked.first().map_or(0, |one| {
        let said = |one: &&crate::model::Message| one.role == crate::model::Role::Assistant;
        one.messages.iter().filter(said).count()
    });
    let seed = header.generation.seed;
    Ok(json!({
        "results": { task: values },
        "group_subtasks": { task: [] },
        "configs": { task: config(results, shots) },
        "versions": { task: header.task_hash },
        "n-shot": { task: shots },
        "higher_is_better": { task: better },
        "n-samples": { task: { "original": header.items, "effective": header.items } },
        "config": {
            "model": "tracestone",
            "model_args": format!("model={},base_url={}", header.model, header.endpoint),
            "batch_size": null,
            "batch_sizes": [],
            "device": null,
            "use_cache": null,
            "limit": null,
            "bootstrap_iters": 0,
            "gen_kwargs": settings(results),
            "random_seed": seed,
            "numpy_seed": seed,
            "torch_seed": seed,
            "fewshot_seed": seed,
        },
        "git_hash": null,
        "date": began,
        "task_hashes": { task: task_hash },
        "model_source": "tracestone",
        "model_name": header.model,
        "model_name_sanitized": sanitized(&header.model),
        "system_instruction": null,
        "system_instruction_sha": null,
        "fewshot_as_multiturn": true,
        "chat_template": null,
        "chat_template_sha": null,
        "start_time": began,
        "end_time": seconds(results.finished())?,
        "total_evaluation_time_seconds": (seconds(results.finished())? - began).to_string(),
        "tracestone": {
            "tool": header.tool,
            "run": header.folder(),
            "items_hash": header.items_hash,
            "judge": results.scored.judge,
            "interval": results.scored.score.interval,
            "pass_at": results.scored.score.pass_at,
            "majority": results.scored.score.majority,
            "references": results.scored.references,
        },
    }))
}

/// The mean of each measure with its error, and whether more of it is better.
fn values(results: &Results<'_>) -> (Map<String, Value>, Map<String, Value>) {
    let clusters: Vec<&str> = results
        .asked
        .iter()
        .map(|one| one.item.cluster.as_str())
        .collect();
    let rows: Vec<_> = results.verdicts.iter().map(|row| metrics(row)).collect();
    let mut values = Map::from_iter([
        ("alias".to_owned(), json!(results.header.task)),
        ("name".to_owned(), json!(results.header.task)),
        ("sample_len".to_owned(), json!(results.header.items)),
    ]);
    let mut better = Map::new();
    let names = metrics(&[]);
    for (index, (name, higher, _)) in names.into_iter().enumerate() {
        let of: Vec<f64> = rows.iter().map(|row| row[index].2).collect();
        let error = clustered_error(&of, &clusters);
        values.insert(format!("{name},{FILTER}"), json!(mean(&of)));
        values.insert(format!("{name}_stderr,{FILTER}"), json!(error));
        better.insert(name.to_owned(), json!(higher));
    }
    (values, better)
}

fn config(results: &Results<'_>, shots: usize) -> Value {
    let header = results.header;
    let metrics: Vec<_> = metrics(&[])
        .into_iter()
        .map(|(name, better, _)| {
            json!({ "metric": name, "aggregation": "mean", "higher_is_better": better })
        })
        .collect();
    json!({
        "task": header.task,
        "dataset_path": header.data,
        "output_type": "generate_until",
        "num_fewshot": shots,
        "repeats": header.epochs,
        "generation_kwargs": settings(results),
        "metric_list": metrics,
        "metadata": { "version": header.task_hash, "parameters": header.parameters },
    })
}

/// A time as seconds since 1970.
fn seconds(time: &str) -> io::Result<f64> {
    let read = DateTime::parse_from_rfc3339(time).map_err(io::Error::other)?;
    Ok(read.timestamp_millis() as f64 / 1e3)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture::Fixture;

    fn written() -> (String, Value, Vec<Value>) {
        let fixture = Fixture::new();
        let [results, samples] = files(&fixture.results()).unwrap();
        let lines = std::str::from_utf8(&samples.bytes).unwrap().lines();
        (
            results.path,
            serde_json::from_slice(&results.bytes).unwrap(),
            lines
                .map(|line| serde_json::from_str(line).unwrap())
                .collect(),
        )
    }

    #[test]
    fn names_are_those_of_the_harness() {
        let fixture = Fixture::new();
        let paths = files(&fixture.results()).unwrap().map(|file| file.path);
        let folder = "openai__a__b__&__c";
        assert_eq!(
            paths,
            [
                format!("{folder}/results_2026-11-25T10-00-00.json"),
                format!("{folder}/samples_trace_2026-11-25T10-00-00.jsonl"),
            ]
        );
    }

    #[test]
    fn the_samples_mean_is_the_result() {
        let (_, results, samples) = written();
        let values = &results["results"]["trace"];
        for name in ["acc", "credit", "unparsable", "api_error", "missing"] {
            let of: Vec<f64> = samples
                .iter()
                .map(|one| one[name].as_f64().unwrap())
                .collect();
            let reported = values[format!("{name},none")].as_f64().unwrap();
            assert!((mean(&of) - reported).abs() < 1e-12, "{name}");
        }
        assert_eq!(values["acc,none"], 0.5);
        assert_eq!(values["missing,none"], 1.0 / 6.0);
        assert_eq!(samples[0]["resps"][0].as_array().unwrap().len(), 3);
        assert_eq!(results["total_evaluation_time_seconds"], "3");
    }

    #[test]
    fn hashes_are_of_what_the_file_shows() {
        let (_, results, samples) = written();
        let mut all = String::new();
        for sample in &samples {
            let doc = serde_json::to_string_pretty(&sample["doc"]).unwrap();
            let prompt = sample["arguments"]["gen_args_0"]["arg_0"].as_str().unwrap();
            let target = sample["target"].as_str().unwrap();
            for (name, text) in [
                ("doc_hash", doc.as_str()),
                ("prompt_hash", prompt),
                ("target_hash", target),
            ] {
                assert_eq!(sample[name], sha256_hex(text), "{name}");
                all.push_str(sample[name].as_str().unwrap());
            }
        }
        assert_eq!(results["task_hashes"]["trace"], sha256_hex(&all));
    }
}
