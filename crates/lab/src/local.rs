//! Models of a directory, asked in this process.

use std::path::Path;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tracestone_eval::model::{
    Answerer, CallError, CallErrorKind, Generation, Message, Model, Response, Role, Stop,
    TokenLogprob, Usage,
};
use tracestone_files::FileError;
use tracestone_interp::Device;
use tracestone_interp::generate::{self, Generated, Generator, Prompt, Sampling, Speaker};

use crate::Error;

/// Texts that are generated together at most.
const BATCH: usize = 16;
/// Time to wait for more texts before a batch starts.
const GATHER: Duration = Duration::from_millis(5);
/// Maximal number of tokens of a response if neither the task nor the command says.
const TOKENS: u32 = 512;

/// Opens the model of a directory.
///
/// # Errors
/// The directory holds no model that can be computed.
pub fn local_model(folder: &Path, generation: &Generation) -> Result<Answerer, Error> {
    let generator = Generator::read(folder, &Device::Cpu).map_err(Error::LocalModel)?;
    // The same folder with other weights is another model.
    let endpoint = format!("local:{}", fingerprint(folder)?);
    let (requests, inbox) = channel();
    std::thread::Builder::new()
        .name("local-model".to_owned())
        .spawn(move || serve(&generator, &inbox))
        .map_err(Error::Thread)?;
    Ok(Answerer::Server {
        model: Box::new(Local {
            requests: Mutex::new(requests),
            generation: generation.clone(),
        }),
        endpoint,
    })
}

/// A hash of all files that decide what the model says.
fn fingerprint(folder: &Path) -> Result<String, Error> {
    let mut hasher = blake3::Hasher::new();
    for name in tracestone_files::names(folder)? {
        let path = folder.join(&name);
        let ending = path.extension().and_then(|ending| ending.to_str());
        if matches!(ending, Some("json" | "safetensors" | "jinja")) {
            hasher.update(name.as_encoded_bytes());
            let mut file = tracestone_files::open(&path)?;
            std::io::copy(&mut file, &mut hasher).map_err(FileError::at("read", &path))?;
        }
    }
    Ok(hasher.finalize().to_hex()[..16].to_owned())
}

/// Number of tokens of the prompt, the generated text, and its tokens if they were asked for.
type Reply = (usize, Generated, Vec<TokenLogprob>);

/// A conversation that waits for its response.
struct Request {
    messages: Vec<generate::Message>,
    generation: Generation,
    repeat: u32,
    reply: SyncSender<Result<Reply, String>>,
}

struct Local {
    requests: Mutex<Sender<Request>>,
    generation: Generation,
}

impl Model for Local {
    fn ask(&self, messages: &[Message], repeat: u32) -> Result<Response, CallError> {
        let failed = |message: String| CallError {
            kind: CallErrorKind::Rejected,
            status: None,
            message,
            retry_after: None,
        };
        let (reply, answer) = sync_channel(1);
        let request = Request {
            messages: messages.iter().map(message).collect(),
            generation: self.generation.clone(),
            repeat,
            reply,
        };
        let gone = || failed("the model's thread has ended".to_owned());
        self.requests
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .send(request)
            .map_err(|_| gone())?;
        let (given, generated, logprobs) = answer.recv().map_err(|_| gone())?.map_err(failed)?;
        Ok(Response {
            usage: Some(Usage {
                input_tokens: given as u64,
                output_tokens: generated.ids.len() as u64,
                ..Usage::default()
            }),
            stop: if generated.ended {
                Stop::Stop
            } else {
                Stop::Length
            },
            logprobs,
            ..Response::plain(generated.text)
        })
    }
}

fn message(message: &Message) -> generate::Message {
    generate::Message {
        role: match message.role {
            Role::System => Speaker::System,
            Role::User => Speaker::User,
            Role::Assistant => Speaker::Assistant,
        },
        content: message.content.clone(),
    }
}

/// Generates for whoever waits, until nobody can ask any more.
fn serve(generator: &Generator, inbox: &Receiver<Request>) {
    let mut waiting: Vec<(Request, Prompt)> = Vec::new();
    loop {
        if waiting.is_empty() {
            match inbox.recv() {
                Ok(request) => prepare(generator, request, &mut waiting),
                Err(_) => return,
            }
        }
        while let Ok(request) = inbox.recv_timeout(GATHER) {
            prepare(generator, request, &mut waiting);
            if waiting.len() >= 4 * BATCH {
                break;
            }
        }
        // Texts of like length waste the least on padding.
        waiting.sort_by_key(|(_, prompt)| std::cmp::Reverse(prompt.ids.len()));
        let rest = waiting.split_off(waiting.len().min(BATCH));
        let (requests, prompts): (Vec<_>, Vec<_>) =
            std::mem::replace(&mut waiting, rest).into_iter().unzip();
        let results: Vec<Result<Generated, String>> = match generator.generate(&prompts) {
            Ok(results) => results.into_iter().map(Ok).collect(),
            // One prompt must not cost the others their responses.
            Err(_) if prompts.len() > 1 => {
                prompts.iter().map(|one| alone(generator, one)).collect()
            }
            Err(error) => vec![Err(chain(&error))],
        };
        for ((request, prompt), result) in requests.into_iter().zip(prompts).zip(results) {
            let result = result.map(|generated| {
                let pairs = match request.generation.logprobs {
                    true => generator.tokens(&generated),
                    false => Vec::new(),
                };
                let pairs = pairs.into_iter();
                let tokens = pairs.map(|(token, logprob)| TokenLogprob { token, logprob });
                (prompt.ids.len(), generated, tokens.collect())
            });
            // Whoever asked may have stopped waiting.
            drop(request.reply.send(result));
        }
    }
}

fn alone(generator: &Generator, prompt: &Prompt) -> Result<Generated, String> {
    let mut found = generator
        .generate(std::slice::from_ref(prompt))
        .map_err(|error| chain(&error))?;
    found
        .pop()
        .ok_or_else(|| "nothing was generated".to_owned())
}

/// An error with its causes, in one line.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(&format!(": {error}"));
        cause = error.source();
    }
    text
}

fn prepare(generator: &Generator, request: Request, waiting: &mut Vec<(Request, Prompt)>) {
    let settings = &request.generation;
    let ids = match generator.chat(&request.messages) {
        Ok(ids) => ids,
        Err(error) => {
            drop(request.reply.send(Err(chain(&error))));
            return;
        }
    };
    let seed = settings
        .seed
        .unwrap_or(0)
        .wrapping_add(request.repeat.into());
    let prompt = Prompt {
        sampling: Sampling {
            temperature: settings.temperature.unwrap_or(1.0),
            top_p: settings.top_p.unwrap_or(1.0),
            seed: of_prompt(seed, &ids),
        },
        ids,
        max_tokens: settings.max_tokens.unwrap_or(TOKENS) as usize,
        stops: settings.stop_seqs.clone(),
    };
    waiting.push((request, prompt));
}

/// A seed of a prompt's own, so that two prompts do not draw alike and a batch changes nothing.
fn of_prompt(seed: i64, ids: &[u32]) -> u64 {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&seed.to_le_bytes());
    for id in ids {
        hasher.update(&id.to_le_bytes());
    }
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&hasher.finalize().as_bytes()[..8]);
    u64::from_le_bytes(bytes)
}
