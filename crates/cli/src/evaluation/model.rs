//! Models to ask, or recorded responses, from arguments.

use std::collections::BTreeMap;
#[cfg(feature = "lab")]
use std::path::Path;
use std::time::Duration;

use serde_json::{Map, Value};
use tracestone_eval::item::Item;
use tracestone_eval::model::{Answerer, Connection, Generation, Header, Protocol};
use tracestone_eval::prices::Prices;
use tracestone_eval::task::Task;
use tracestone_files as files;
use tracestone_record::words::counted;

use crate::args::{Api, ExtraBody, HeaderSource, ModelArgs, RequestArgs, Setting, TypedHeader};
use crate::failure::Failure;
use crate::printer::Printer;

/// Seconds after which a streamed response that stands still is given up.
const STALL: u64 = 300;

/// Settings of generation: the task's where nothing else was typed.
pub(crate) fn generation(task: &Task, args: &ModelArgs) -> Result<Generation, Failure> {
    let base = task.generation().clone();
    let mut extra_body = base.extra_body;
    for typed in &args.extra_body {
        match typed {
            ExtraBody::Field(name, value) => {
                put(&mut extra_body, name, value.clone());
            }
            ExtraBody::File(path) => {
                let shown = path.display();
                let text = files::read_text(path)?;
                let fields: BTreeMap<String, Value> =
                    serde_json::from_str(&text).map_err(|error| {
                        Failure::new(format!("{shown} is not a JSON object: {error}"))
                    })?;
                extra_body.extend(fields);
            }
        }
    }
    Ok(Generation {
        temperature: Setting::over(args.temperature, base.temperature),
        top_p: Setting::over(args.top_p, base.top_p),
        max_tokens: Setting::over(args.max_tokens, base.max_tokens),
        seed: args.seed.or(base.seed),
        stop_seqs: if args.stop_seqs.is_empty() {
            base.stop_seqs
        } else {
            args.stop_seqs.clone()
        },
        reasoning_effort: args.reasoning_effort.clone().or(base.reasoning_effort),
        logprobs: args.logprobs || base.logprobs,
        top_logprobs: args.top_logprobs.or(base.top_logprobs),
        extra_body,
    })
}

/// Puts a value at a name whose dots lead into objects.
fn put(fields: &mut BTreeMap<String, Value>, name: &str, value: Value) {
    let Some((first, rest)) = name.split_once('.') else {
        fields.insert(name.to_owned(), value);
        return;
    };
    let mut place = fields.entry(first.to_owned()).or_insert(Value::Null);
    for part in rest.split('.') {
        if !place.is_object() {
            *place = Value::Object(Map::new());
        }
        place = &mut place[part];
    }
    *place = value;
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
        protocol: match args.api {
            Api::Chat => Protocol::Chat,
            Api::Completions => Protocol::Completions,
            Api::Responses => Protocol::Responses,
        },
        headers: headers(&requests.header)?,
        attempt: Duration::from_secs(requests.attempt_timeout),
        stream: requests.stream,
        stall: stall.map(Duration::from_secs),
        connections: requests.max_connections.map_or(100, usize::from),
        generation: generation.clone(),
    };
    Ok(connection.open(items, |name| std::env::var(name).ok())?)
}

/// Says which lines of a file of responses are none.
pub(crate) fn warn_of_odd_lines(answerer: &Answerer, name: &str, printer: &Printer) {
    if let Answerer::Given { odd, .. } = answerer
        && let Some(first) = odd.first()
    {
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
