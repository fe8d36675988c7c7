//! The model that a judge asks, from its name and the environment.

use std::time::Duration;

use super::{Answerer, Connection, Generation, Model, Protocol};

/// Time limit of an attempt.
const ATTEMPT: Duration = Duration::from_secs(300);
/// Questions at once, at most.
const CONNECTIONS: usize = 16;
/// Tokens of an opinion.
const TOKENS: u32 = 2048;

/// Opens the model with a name for the questions of judges. Its address and key come from the environment.
///
/// # Errors
/// There is no such model, or it gives responses that are there already.
pub fn open_judge(model: &str) -> Result<Box<dyn Model>, String> {
    let connection = Connection {
        model: model.to_owned(),
        base_url: None,
        protocol: Protocol::Chat,
        headers: Vec::new(),
        attempt: ATTEMPT,
        stream: false,
        stall: None,
        connections: CONNECTIONS,
        generation: Generation {
            temperature: Some(0.0),
            max_tokens: Some(TOKENS),
            ..Generation::default()
        },
    };
    match connection.open(&[], |name| std::env::var(name).ok()) {
        Ok(Answerer::Server { model, .. }) => Ok(model),
        Ok(Answerer::Given { .. }) => Err(format!("`{model}` cannot be asked as a judge")),
        Err(error) => Err(format!(
            "the judge's model: {error}; addresses and keys come from the environment, such as OPENAI_API_KEY"
        )),
    }
}
