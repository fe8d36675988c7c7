//! Models to ask, or recorded responses, from arguments.

use std::collections::{BTreeMap, BTreeSet};
#[cfg(feature = "lab")]
use std::path::Path;
use std::time::Duration;

use serde_json::Value;
use tracestone_eval::evaluating::Prices;
use tracestone_eval::item::Item;
use tracestone_eval::model::{Answerer, Connection, Generation, Header};
use tracestone_eval::task::Task;
use tracestone_files as files;
use tracestone_record::words::counted;

use crate::args::{ExtraBody, HeaderSource, ModelArgs, RequestArgs, Setting, TypedHeader};
use crate::failure::Failure;
use crate::printer::Printer;

/// Seconds after which a streamed response that stands still is given up.
const STALL: u64 = 300;

/// Settings of generation: the task's where nothing else was typed.
pub(crate) fn generation(task: &Task, args: &ModelArgs) -> Result<Generation, Failure> {
    let mut own = task.generation().clone();
    for typed in &args.extra_body {
        match typed {
            ExtraBody::Field(name, value) => own.put_extra(name, value.clone()),
            ExtraBody::File(path) => {
                let shown = path.display();
                let fields: BTreeMap<String, Value> =
                    serde_json::from_str(&files::read_text(path)?).map_err(|error| {
                        Failure::new(format!("{shown} is not a JSON object: {error}"))
                    })?;
                own.extra_body.extend(fields);
            }
        }
    }
    own.temperature = Setting::over(args.temperature, own.temperature);
    own.top_p = Setting::over(args.top_p, own.top_p);
    own.max_tokens = Setting::over(args.max_tokens, own.max_tokens);
    own.seed = args.seed.or(own.seed);
    if !args.stop_seqs.is_empty() {
        own.stop_seqs.clone_from(&args.stop_seqs);
    }
    own.reasoning_effort = args.reasoning_effort.clone().or(own.reasoning_effort);
    own.logprobs |= args.logprobs;
    own.top_logprobs = args.top_logprobs.or(own.top_logprobs);
    Ok(own)
}

/// The model with a name.
pub(crate) fn answerer(
    model: &str,
    args: &ModelArgs,
    requests: &RequestArgs,
    generation: &Generation,
    items: &[Item],
) -> Result<Answerer, Failure> {
    #[cfg(feature = "lab")]
    if let Some(folder) = model.strip_prefix("local/") {
        return Ok(tracestone_lab::local_model(Path::new(folder), generation)?);
    }
    #[cfg(not(feature = "lab"))]
    if model.starts_with("local/") {
        return Err(Failure::new(format!(
            "`{model}`: this build has no models of its own, since their library of tensors takes long to compile",
        ))
        .hinted(
            "in a clone of the repository, `cargo build --release --features lab` makes a program that has them",
        ));
    }
    let stall = requests.stall_timeout.or(requests.stream.then_some(STALL));
    let connection = Connection {
        model: model.to_owned(),
        base_url: args.model_base_url.clone(),
        protocol: args.api,
        headers: headers(&requests.header)?,
        attempt: Duration::from_secs(requests.attempt_timeout),
        stream: requests.stream,
        stall: stall.map(Duration::from_secs),
        connections: requests.max_connections.map_or(100, usize::from),
        generation: generation.clone(),
    };
    Ok(connection.open(items, |name| std::env::var(name).ok())?)
}

/// Says which lines of a file of responses are none, and which responses are to no item that is asked.
pub(crate) fn say_unused(answerer: &Answerer, items: &[Item], name: &str, printer: &Printer) {
    let Answerer::Given {
        responses,
        odd,
        repeated,
        ..
    } = answerer
    else {
        return;
    };
    if *repeated > 0 {
        printer.note(&format!(
            "{name}: {} there once more count once",
            counted(*repeated as u64, "line")
        ));
    }
    if let Some(first) = odd.first() {
        let place = match first.line {
            0 => String::new(),
            line => format!("line {line}: "),
        };
        printer.warning(&format!(
            "{name}: {} not read as responses and cost one item each; the first is {place}{}",
            counted(odd.len() as u64, "line"),
            first.what
        ));
    }
    let asked: BTreeSet<&str> = items.iter().map(|item| item.id.as_str()).collect();
    let mut others = responses.keys().filter(|id| !asked.contains(id.as_str()));
    if let Some(first) = others.next() {
        printer.note(&format!(
            "{name}: responses to {} that {} not asked here count for nothing; the first is {first}",
            counted(1 + others.clone().count() as u64, "item"),
            if others.next().is_some() { "are" } else { "is" }
        ));
    }
}

/// Headers from arguments, with their values.
fn headers(typed: &[TypedHeader]) -> Result<Vec<Header>, Failure> {
    let mut headers = Vec::new();
    for TypedHeader { name, value } in typed {
        let header = match value {
            HeaderSource::Text(text) => Header::new(name, text),
            HeaderSource::File(path) => {
                let text = files::read_text(path).map_err(|error| {
                    Failure::new(format!("the value of the header `{name}`: {error}"))
                })?;
                Header::new(name, &text)
            }
        };
        headers.push(header.map_err(Failure::new)?);
    }
    Ok(headers)
}

/// A model's prices, by the typed table.
pub(crate) fn prices(model: &str, args: &ModelArgs) -> Result<Option<Prices>, Failure> {
    let Some(path) = &args.prices else {
        return Ok(None);
    };
    Ok(Some(Prices::load(path, model)?))
}
