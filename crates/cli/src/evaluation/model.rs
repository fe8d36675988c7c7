//! From what was typed to a model that can be asked, or to responses that are there already.

use std::path::Path;
use std::time::Duration;

use tracestone_eval::item::Item;
use tracestone_eval::model::{Answerer, ConnectError, Connection, Generation, Header, Protocol};
use tracestone_eval::prices::{Prices, PricesError};
use tracestone_eval::responses::Reference;
use tracestone_eval::task::Task;

use crate::args::{Api, HeaderSource, ModelArgs, RequestArgs, TypedHeader};
use crate::failure::Failure;

/// How the model generates: the task's settings where nothing else was typed.
pub(crate) fn generation(task: &Task, args: &ModelArgs) -> Generation {
    let base = task.generation().clone();
    Generation {
        temperature: args.temperature.or(base.temperature),
        top_p: args.top_p.or(base.top_p),
        max_tokens: args.max_tokens.or(base.max_tokens),
        seed: args.seed.or(base.seed),
        stop_seqs: if args.stop_seqs.is_empty() {
            base.stop_seqs
        } else {
            args.stop_seqs.clone()
        },
    }
}

/// Whoever `--model` names.
pub(crate) fn answerer(
    args: &ModelArgs,
    requests: &RequestArgs,
    generation: &Generation,
    items: &[Item],
) -> Result<Answerer, Failure> {
    let connection = Connection {
        model: args.model.clone(),
        base_url: args.model_base_url.clone(),
        protocol: match args.api {
            Api::Chat => Protocol::Chat,
            Api::Completions => Protocol::Completions,
        },
        headers: headers(&requests.header)?,
        attempt: Duration::from_secs(requests.attempt_timeout),
        connections: requests.max_connections.map_or(100, usize::from),
        generation: generation.clone(),
    };
    let opened = connection.open(items, |name| std::env::var(name).ok());
    opened.map_err(hinted)
}

/// Reads responses made elsewhere.
pub(crate) fn replay(path: &Path) -> Result<Answerer, Failure> {
    Ok(tracestone_eval::model::replay(path)?)
}

fn hinted(error: ConnectError) -> Failure {
    let hint = match &error {
        ConnectError::Model(_) => {
            "models are openai/NAME, anthropic/NAME, openai-api/PROVIDER/NAME, replay/FILE, mock/oracle"
                .to_owned()
        }
        ConnectError::Reference(_) => {
            let known = Reference::ALL.map(Reference::name).join(", mock/");
            format!("there are mock/{known}")
        }
        ConnectError::Provider(_) => "it is openai-api/PROVIDER/NAME".to_owned(),
        ConnectError::Address { variable, .. } => {
            format!("give it with --model-base-url or {variable}")
        }
        ConnectError::Key(_) => {
            "set it, or name a server that needs no key with --model-base-url".to_owned()
        }
        ConnectError::Read { .. } | ConnectError::Responses { .. } => return error.into(),
    };
    Failure::from(error).hinted(hint)
}

/// The typed headers with their values.
fn headers(typed: &[TypedHeader]) -> Result<Vec<Header>, Failure> {
    let mut headers = Vec::new();
    for TypedHeader { name, value } in typed {
        let header = match value {
            HeaderSource::Text(text) => Header::new(name, text),
            HeaderSource::File(path) => {
                let text = std::fs::read_to_string(path).map_err(|error| {
                    Failure::new(format!(
                        "cannot read the value of the header `{name}` from {}: {error}",
                        path.display()
                    ))
                })?;
                Header::new(name, &text)
            }
        };
        headers.push(header.map_err(Failure::new)?);
    }
    Ok(headers)
}

/// The typed model's prices.
pub(crate) fn prices(args: &ModelArgs) -> Result<Option<Prices>, Failure> {
    let Some(path) = &args.prices else {
        return Ok(None);
    };
    match Prices::load(path, &args.model) {
        Ok(prices) => Ok(Some(prices)),
        Err(error @ PricesError::Form { .. }) => Err(Failure::from(error).hinted(
            "a price table is TOML: [\"openai/NAME\"] with input = .. and output = .., for a million tokens",
        )),
        Err(error) => Err(error.into()),
    }
}
