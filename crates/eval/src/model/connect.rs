//! From a model's name to a model that can be asked, or to responses that are there already.

use std::path::{Path, PathBuf};
use std::time::Duration;

use ureq::tls::TlsConfig;

use super::{ApiModel, Endpoint, Generation, Header, Model, Protocol, Timeouts, roots};
use crate::answer::Extraction;
use crate::item::Item;
use crate::responses::{self, OddLine, Read, Reference, Responses, ResponsesError};
use crate::texts;

/// Time limit for establishing a connection.
const CONNECT: Duration = Duration::from_secs(30);

/// Source of responses.
pub enum Answerer {
    /// A model server.
    Server {
        /// Client of the model.
        model: Box<dyn Model>,
        /// Address without credentials.
        endpoint: String,
    },
    /// Responses that are there already.
    Given {
        /// Responses by item.
        responses: Responses,
        /// Way of finding answers in them.
        extraction: Extraction,
        /// Hash that distinguishes files of the same name.
        fingerprint: String,
        /// Lines of the file that are no responses.
        odd: Vec<OddLine>,
        /// Number of rows that are there once more, and not counted.
        repeated: usize,
    },
}

/// A model by its name, and how its server is reached.
#[derive(Debug, Clone)]
pub struct Connection {
    /// `openai/NAME`, `anthropic/NAME`, `openai-api/PROVIDER/NAME`, `replay/FILE` or `mock/REFERENCE`.
    pub model: String,
    /// The server's address, where it is not the provider's own.
    pub base_url: Option<String>,
    /// The protocol of servers that speak OpenAI's.
    pub protocol: Protocol,
    /// Additional headers of every request.
    pub headers: Vec<Header>,
    /// Time limit of an attempt.
    pub attempt: Duration,
    /// Asks for streamed responses.
    pub stream: bool,
    /// Maximal time without progress of a response.
    pub stall: Option<Duration>,
    /// Connections that are kept open.
    pub connections: usize,
    /// Sampling settings of the model.
    pub generation: Generation,
}

/// Error of connecting to a model.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The name has none of the forms.
    #[error("`{0}` names no model")]
    Model(String),
    /// No reference has that name.
    #[error("`mock/{0}` is not a known reference")]
    Reference(String),
    /// The name lacks a provider.
    #[error("`{0}` names no provider")]
    Provider(String),
    /// The provider's address is not known.
    #[error("the address of `{model}` is not known")]
    Address {
        /// Name of the model.
        model: String,
        /// The variable that can give it.
        variable: String,
    },
    /// The address is none.
    #[error("`{address}` is not the address of a server: {why}")]
    BadAddress {
        /// The address as it was given, without its query.
        address: String,
        /// The fault in words.
        why: String,
    },
    /// The certificates that were named cannot be used.
    #[error("{0}")]
    Certificates(String),
    /// The provider's key is not known.
    #[error("{0} is not set")]
    Key(String),
    /// A file of responses cannot be read.
    #[error("{}: {source}", path.display())]
    Read {
        /// Path of the file.
        path: PathBuf,
        /// The operating system's error.
        source: std::io::Error,
    },
    /// A file of responses has another form.
    #[error("{}: {source}", path.display())]
    Responses {
        /// Path of the file.
        path: PathBuf,
        /// Error in the file's content.
        source: ResponsesError,
    },
}

impl Connection {
    /// The model of the connection. `variable` reads an environment variable; `items` are what references
    /// answer.
    ///
    /// # Errors
    /// The name is of no model, or a key or an address is missing.
    pub fn open(
        self,
        items: &[Item],
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<Answerer, ConnectError> {
        let model = self.model.clone();
        let (provider, name) = model.split_once('/').unwrap_or((&model, ""));
        match provider {
            "mock" => reference(name, items),
            "replay" if !name.is_empty() => replay(Path::new(name)),
            "openai" | "anthropic" | "openai-api" if !name.is_empty() => {
                self.server(provider, name, variable)
            }
            _ => Err(ConnectError::Model(model)),
        }
    }

    fn service<'a>(&self, provider: &str, name: &'a str) -> Result<Service<'a>, ConnectError> {
        let known = |prefix: &str, protocol, home| Service {
            prefix: prefix.to_owned(),
            model: name,
            protocol,
            home: Some(home),
        };
        Ok(match provider {
            "anthropic" => known(
                "ANTHROPIC",
                Protocol::Anthropic,
                "https://api.anthropic.com",
            ),
            "openai" => known("OPENAI", self.protocol, "https://api.openai.com/v1"),
            _ => {
                let (service, model) = name
                    .split_once('/')
                    .ok_or_else(|| ConnectError::Provider(self.model.clone()))?;
                Service {
                    prefix: service.to_ascii_uppercase().replace('-', "_"),
                    model,
                    protocol: self.protocol,
                    home: None,
                }
            }
        })
    }

    fn server(
        self,
        provider: &str,
        name: &str,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<Answerer, ConnectError> {
        let Service {
            prefix,
            model,
            protocol,
            home,
        } = self.service(provider, name)?;
        let tls_variable = &variable;
        let variable = |end: &str| {
            let value = variable(&format!("{prefix}_{end}"));
            value.filter(|value| !value.trim().is_empty())
        };
        let typed = self.base_url.or_else(|| variable("BASE_URL"));
        let elsewhere = typed.is_some();
        let base =
            typed
                .or_else(|| home.map(str::to_owned))
                .ok_or_else(|| ConnectError::Address {
                    model: self.model.clone(),
                    variable: format!("{prefix}_BASE_URL"),
                })?;
        let key = variable("API_KEY");
        if key.is_none() && !elsewhere {
            return Err(ConnectError::Key(format!("{prefix}_API_KEY")));
        }
        let endpoint = Endpoint::at(&base, protocol).map_err(|why| ConnectError::BadAddress {
            address: base.split(['?', '#']).next().unwrap_or_default().to_owned(),
            why,
        })?;
        let address = endpoint.shown();
        let timeouts = Timeouts {
            connect: CONNECT,
            attempt: self.attempt,
            stall: self.stall,
        };
        let tls = if endpoint.url.starts_with("https") {
            roots::config(&|name| tls_variable(name)).map_err(ConnectError::Certificates)?
        } else {
            TlsConfig::default()
        };
        let mut model = ApiModel::new(
            endpoint,
            model.to_owned(),
            key,
            self.generation,
            timeouts,
            (self.connections, tls),
        )
        .with_headers(self.headers);
        if self.stream {
            model = model.streaming();
        }
        Ok(Answerer::Server {
            model: Box::new(model),
            endpoint: address,
        })
    }
}

/// Whom a model's name speaks of.
struct Service<'a> {
    /// The start of the names of its environment variables.
    prefix: String,
    /// The model's name at the service.
    model: &'a str,
    protocol: Protocol,
    /// The address where none is given.
    home: Option<&'static str>,
}

fn reference(name: &str, items: &[Item]) -> Result<Answerer, ConnectError> {
    let reference =
        Reference::from_name(name).ok_or_else(|| ConnectError::Reference(name.to_owned()))?;
    let responses = reference.answers(items);
    // A reference's answers are the items': where these change, so do those.
    let answers: Vec<_> = responses.values().flatten().map(|one| &one.text).collect();
    let text = serde_json::to_vec(&answers).unwrap_or_default();
    Ok(Answerer::Given {
        responses,
        extraction: Extraction::Whole,
        fingerprint: blake3::hash(&text).to_hex()[..8].to_owned(),
        odd: Vec::new(),
        repeated: 0,
    })
}

/// Reads responses made elsewhere.
///
/// # Errors
/// The file cannot be read, or has another form.
pub fn replay(path: &Path) -> Result<Answerer, ConnectError> {
    let bytes = texts::bytes(path).map_err(|source| ConnectError::Read {
        path: path.to_owned(),
        source,
    })?;
    let text = texts::text(&bytes);
    let Read {
        responses,
        extraction,
        odd,
        repeated,
    } = responses::read(&text).map_err(|source| ConnectError::Responses {
        path: path.to_owned(),
        source,
    })?;
    Ok(Answerer::Given {
        responses,
        extraction,
        fingerprint: blake3::hash(text.as_bytes()).to_hex()[..8].to_owned(),
        odd,
        repeated,
    })
}
