//! From what was typed to a model that can be asked, or to responses that are there already.

use std::path::Path;
use std::time::Duration;

use tracestone_eval::answer::Extraction;
use tracestone_eval::item::Item;
use tracestone_eval::model::{ApiModel, Endpoint, Generation, Header, Model, Protocol, Timeouts};
use tracestone_eval::responses::{self, Reference, Responses};
use tracestone_eval::task::Task;

use crate::args::{Api, HeaderSource, ModelArgs, RequestArgs, TypedHeader};
use crate::failure::Failure;

/// How long a connection may take.
const CONNECT: Duration = Duration::from_secs(30);

/// Whoever answers.
pub(crate) enum Answerer {
    /// A server.
    Server {
        /// The model.
        model: Box<dyn Model>,
        /// Its address.
        endpoint: String,
    },
    /// Responses that are there already.
    Given {
        /// The responses.
        responses: Responses,
        /// How answers stand in them.
        extraction: Extraction,
        /// What tells these responses from others under the same name.
        fingerprint: String,
    },
}

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
    let (provider, name) = args.model.split_once('/').unwrap_or((&args.model, ""));
    match provider {
        "mock" => reference(name, items),
        "replay" if !name.is_empty() => replay(Path::new(name)),
        "openai" | "anthropic" | "openai-api" if !name.is_empty() => {
            server(provider, name, args, requests, generation)
        }
        _ => Err(Failure::new(format!("`{}` names no model", args.model)).hinted(
            "models are openai/NAME, anthropic/NAME, openai-api/PROVIDER/NAME, replay/FILE, mock/oracle",
        )),
    }
}

fn reference(name: &str, items: &[Item]) -> Result<Answerer, Failure> {
    let reference = Reference::from_name(name).ok_or_else(|| {
        let known = Reference::ALL.map(Reference::name).join(", mock/");
        Failure::new(format!("`mock/{name}` is no reference"))
            .hinted(format!("there are mock/{known}"))
    })?;
    Ok(Answerer::Given {
        responses: reference.answers(items),
        extraction: Extraction::Whole,
        fingerprint: String::new(),
    })
}

/// Reads responses made elsewhere.
pub(crate) fn replay(path: &Path) -> Result<Answerer, Failure> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| Failure::new(format!("{}: {error}", path.display())))?;
    let (responses, extraction) = responses::read(&text)
        .map_err(|error| Failure::new(format!("{}: {error}", path.display())))?;
    Ok(Answerer::Given {
        responses,
        extraction,
        fingerprint: format!("@{}", &blake3::hash(text.as_bytes()).to_hex()[..8]),
    })
}

fn server(
    provider: &str,
    name: &str,
    args: &ModelArgs,
    requests: &RequestArgs,
    generation: &Generation,
) -> Result<Answerer, Failure> {
    let openai = match args.api {
        Api::Chat => Protocol::Chat,
        Api::Completions => Protocol::Completions,
    };
    let (prefix, model, protocol, home) = match provider {
        "anthropic" => (
            "ANTHROPIC".to_owned(),
            name,
            Protocol::Anthropic,
            Some("https://api.anthropic.com"),
        ),
        "openai" => (
            "OPENAI".to_owned(),
            name,
            openai,
            Some("https://api.openai.com/v1"),
        ),
        _ => {
            let (service, model) = name.split_once('/').ok_or_else(|| {
                Failure::new(format!("`{}` names no provider", args.model))
                    .hinted("it is openai-api/PROVIDER/NAME")
            })?;
            let prefix = service.to_ascii_uppercase().replace('-', "_");
            (prefix, model, openai, None)
        }
    };
    let variable = |end: &str| {
        let value = std::env::var(format!("{prefix}_{end}")).ok();
        value.filter(|value| !value.trim().is_empty())
    };
    let typed = args.model_base_url.clone().or_else(|| variable("BASE_URL"));
    let elsewhere = typed.is_some();
    let base = typed.or_else(|| home.map(str::to_owned)).ok_or_else(|| {
        Failure::new(format!("the address of `{}` is not known", args.model)).hinted(format!(
            "give it with --model-base-url or {prefix}_BASE_URL"
        ))
    })?;
    let key = variable("API_KEY");
    if key.is_none() && !elsewhere {
        return Err(Failure::new(format!("{prefix}_API_KEY is not set"))
            .hinted("set it, or name a server that needs no key with --model-base-url"));
    }
    let endpoint = Endpoint::at(&base, protocol);
    let address = endpoint.shown();
    let timeouts = Timeouts {
        connect: CONNECT,
        attempt: Duration::from_secs(requests.attempt_timeout.max(1)),
    };
    let connections = requests.max_connections.map_or(100, usize::from);
    let model = ApiModel::new(
        endpoint,
        model.to_owned(),
        key,
        generation.clone(),
        timeouts,
        connections,
    )
    .with_headers(headers(&requests.header)?);
    Ok(Answerer::Server {
        model: Box::new(model),
        endpoint: address,
    })
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
