//! Text generation with the models of a directory: batched, with a cache of keys and values.
//!
//! Texts of a batch are padded on the left, so that their last tokens stand in one column. Training and probing use
//! [`crate::model`], whose operations have gradients; this decoder knows more families and has none.

mod chat;
mod forward;
mod sample;
mod shape;
mod weights;
mod wide;

use std::path::{Path, PathBuf};

use candle_core::Device;
use serde_json::Value;
use tokenizers::Tokenizer;

use crate::error::{InterpError, Result};
use crate::threads::Lane;

pub(crate) use chat::Template;
pub use chat::{Message, Speaker};
use forward::{Cache, step};
use sample::Chooser;
pub use sample::Sampling;
use shape::Shape;
use weights::Weights;
pub(crate) use wide::Wide;

/// A model that generates.
pub struct Generator {
    folder: PathBuf,
    shape: Shape,
    weights: Weights,
    tokenizer: Tokenizer,
    template: Option<Template>,
    ends: Vec<u32>,
    lane: Lane,
    device: Device,
}

/// A prompt of a file.
#[derive(Debug, PartialEq)]
enum Row<'r> {
    Ids(Vec<u32>),
    Messages(Vec<Message>),
    Text(&'r str),
}

/// The prompt of a row of a file, or what is wrong with it.
fn prompt_of(row: &Value) -> std::result::Result<Row<'_>, &'static str> {
    if let Some(list) = row["ids"].as_array() {
        let id = |id: &Value| id.as_u64().and_then(|id| u32::try_from(id).ok());
        let ids: Option<Vec<u32>> = list.iter().map(id).collect();
        return ids.map(Row::Ids).ok_or("an id is no number");
    }
    if row["messages"].is_array() {
        return match serde_json::from_value(row["messages"].clone()) {
            Ok(messages) => Ok(Row::Messages(messages)),
            Err(_) => Err("a message needs `role` (system, user, assistant) and `content`"),
        };
    }
    let text = row["prompt"].as_str();
    text.map(Row::Text)
        .ok_or("it has neither `prompt` nor `ids` nor `messages`")
}

/// A text to go on with.
#[derive(Debug, Clone, PartialEq)]
pub struct Prompt {
    /// Token ids of the text.
    pub ids: Vec<u32>,
    /// Maximal number of tokens to generate.
    pub max_tokens: usize,
    /// Choice of each token.
    pub sampling: Sampling,
    /// Texts that end the generation; they are not part of the result.
    pub stops: Vec<String>,
}

/// A generated text.
#[derive(Debug, Clone, PartialEq)]
pub struct Generated {
    /// Token ids, without the one that ended the text.
    pub ids: Vec<u32>,
    /// Text of the tokens, without special ones.
    pub text: String,
    /// Logarithm of each token's probability.
    pub log_probabilities: Vec<f64>,
    /// True if the text ended by itself or at one of the stops, false if it reached its maximal length.
    pub ended: bool,
}

impl Generator {
    /// Reads a directory: `config.json`, safetensors, `tokenizer.json` and the chat template, if there is one.
    ///
    /// # Errors
    ///
    /// If a file is missing, damaged, or of a family that is not supported.
    pub fn read(folder: &Path, device: &Device) -> Result<Self> {
        let config = json(&folder.join("config.json"))?;
        let shape = Shape::read(&config)
            .map_err(|why| InterpError::format(&folder.join("config.json"), why))?;
        let path = folder.join("tokenizer.json");
        let tokenizer =
            Tokenizer::from_file(&path).map_err(|error| InterpError::format(&path, error))?;
        let template = Template::read(folder)?;
        let ends = ends(folder, &config, &tokenizer, template.as_ref())?;
        Ok(Self {
            lane: Lane::of_width(shape.hidden)?,
            weights: Weights::read(folder, &shape, device)?,
            folder: folder.to_owned(),
            shape,
            tokenizer,
            template,
            ends,
            device: device.clone(),
        })
    }

    /// Number of tokens that a text and its continuation can have.
    #[must_use]
    pub fn positions(&self) -> usize {
        self.shape.positions
    }

    /// Token ids of a conversation, by the model's chat template; without one, of its texts one after the other.
    ///
    /// # Errors
    ///
    /// If the template refuses the conversation, or the text has no tokens.
    pub fn chat(&self, messages: &[Message]) -> Result<Vec<u32>> {
        match &self.template {
            Some(template) => {
                let text = template.render(messages).map_err(|error| {
                    InterpError::format(&self.folder, format!("its chat template: {error:#}"))
                })?;
                // The template writes the first token itself.
                self.encode(&text, false)
            }
            None => {
                let texts: Vec<_> = messages.iter().map(|one| one.content.as_str()).collect();
                self.encode(&texts.join("\n\n"), true)
            }
        }
    }

    /// Token ids of a text, with the tokens that the tokenizer puts around it if `special` is set.
    ///
    /// # Errors
    ///
    /// If the text has no tokens.
    pub fn encode(&self, text: &str, special: bool) -> Result<Vec<u32>> {
        let encoded = self.tokenizer.encode(text, special);
        let encoded = encoded.map_err(|error| {
            InterpError::Refused(format!("a text cannot be tokenized: {error}"))
        })?;
        let ids = encoded.get_ids().to_vec();
        if ids.is_empty() {
            return Err(InterpError::Refused(
                "a text without tokens cannot be continued".to_owned(),
            ));
        }
        Ok(ids)
    }

    /// Token ids of the prompts of a file, one JSON object a line with `prompt`, `messages`, or token `ids`.
    ///
    /// # Errors
    ///
    /// If the file cannot be read, or a line is no prompt.
    pub fn read_prompts(&self, path: &Path) -> Result<Vec<Vec<u32>>> {
        let text = tracestone_files::read_text(path)?;
        let lines = (1..).zip(text.lines());
        let prompts = lines.map(|(number, line)| {
            let wrong = |what: &str| {
                InterpError::Refused(format!("{}, line {number}: {what}", path.display()))
            };
            let row = serde_json::from_str(line).map_err(|error| wrong(&error.to_string()))?;
            match prompt_of(&row).map_err(wrong)? {
                Row::Ids(ids) => Ok(ids),
                Row::Messages(messages) => self.chat(&messages),
                Row::Text(text) => self.encode(text, true),
            }
        });
        prompts.collect()
    }

    /// Goes on with each of the prompts, all at once.
    ///
    /// # Errors
    ///
    /// If a prompt has no room in the model, or a computation fails.
    pub fn generate(&self, prompts: &[Prompt]) -> Result<Vec<Generated>> {
        let mut texts = Vec::with_capacity(prompts.len());
        for prompt in prompts {
            texts.push(Text::new(self, prompt)?);
        }
        if !texts.is_empty() {
            self.lane.run(|| self.run(prompts, &mut texts))?;
        }
        Ok(texts.into_iter().map(|text| text.generated).collect())
    }

    fn run(&self, prompts: &[Prompt], texts: &mut [Text]) -> Result<()> {
        let longest = prompts.iter().map(|prompt| prompt.ids.len()).max();
        let longest = longest.unwrap_or(0);
        let more = texts.iter().map(|text| text.left).max().unwrap_or(0);
        let padding: Vec<usize> = prompts
            .iter()
            .map(|prompt| longest - prompt.ids.len())
            .collect();
        let mut ids = Vec::with_capacity(prompts.len() * longest);
        for (prompt, padding) in prompts.iter().zip(&padding) {
            // What stands in the padding is seen by nobody.
            ids.extend(std::iter::repeat_n(0, *padding));
            ids.extend(&prompt.ids);
        }
        let room = longest + more;
        let mut cache = Cache::new(&self.shape, padding, room, &self.device)?;
        let mut active: Vec<usize> = (0..prompts.len()).collect();
        loop {
            let logits = step(&self.shape, &self.weights, &mut cache, &ids)?;
            let rows = logits.to_vec2::<f32>()?;
            ids.clear();
            let mut going = Vec::with_capacity(active.len());
            for (row, (place, logits)) in active.iter().zip(&rows).enumerate() {
                if let Some(token) = texts[*place].take(self, logits) {
                    ids.push(token);
                    going.push(row);
                }
            }
            if going.is_empty() {
                return Ok(());
            }
            if going.len() < active.len() {
                cache.keep(&going)?;
                active = going.iter().map(|row| active[*row]).collect();
            }
        }
    }

    /// Tokens of a generated text, each with the logarithm of its probability.
    #[must_use]
    pub fn tokens(&self, generated: &Generated) -> Vec<(String, f64)> {
        let tokens = generated
            .ids
            .iter()
            .map(|id| self.tokenizer.decode(&[*id], false));
        tokens
            .map(|text| text.unwrap_or_default())
            .zip(generated.log_probabilities.iter().copied())
            .collect()
    }

    fn decode(&self, ids: &[u32]) -> String {
        // Ids come from the model's own vocabulary; one that the tokenizer does not know has no text.
        self.tokenizer.decode(ids, true).unwrap_or_default()
    }
}

/// A text that grows.
struct Text {
    generated: Generated,
    chooser: Chooser,
    stops: Vec<String>,
    left: usize,
}

impl Text {
    fn new(generator: &Generator, prompt: &Prompt) -> Result<Self> {
        let (given, positions) = (prompt.ids.len(), generator.shape.positions);
        if given == 0 || given >= positions {
            return Err(InterpError::Refused(format!(
                "a prompt of {given} tokens leaves no room in a model of {positions} positions"
            )));
        }
        let beyond = |id: &&u32| **id as usize >= generator.shape.vocabulary;
        if let Some(id) = prompt.ids.iter().find(beyond) {
            return Err(InterpError::Refused(format!(
                "token id {id} is not in the model's vocabulary of {}",
                generator.shape.vocabulary
            )));
        }
        Ok(Self {
            generated: Generated {
                ids: Vec::new(),
                text: String::new(),
                log_probabilities: Vec::new(),
                ended: false,
            },
            chooser: Chooser::new(prompt.sampling),
            stops: prompt.stops.clone(),
            left: prompt.max_tokens.clamp(1, positions - given),
        })
    }

    /// Takes the next token, which is given back if the text goes on.
    fn take(&mut self, generator: &Generator, logits: &[f32]) -> Option<u32> {
        let (token, log_probability) = self.chooser.choose(logits);
        let text = &mut self.generated;
        if generator.ends.contains(&token) {
            text.ended = true;
            text.text = generator.decode(&text.ids);
            return None;
        }
        text.ids.push(token);
        text.log_probabilities.push(log_probability);
        self.left -= 1;
        if !self.stops.is_empty() {
            text.text = generator.decode(&text.ids);
            let found = self.stops.iter().filter(|stop| !stop.is_empty());
            let found = found.filter_map(|stop| text.text.find(stop.as_str())).min();
            if let Some(at) = found {
                text.text.truncate(at);
                text.ended = true;
                return None;
            }
        }
        if self.left == 0 {
            text.text = generator.decode(&text.ids);
            return None;
        }
        Some(token)
    }
}

pub(crate) fn json(path: &Path) -> Result<Value> {
    let text = tracestone_files::read(path)?;
    serde_json::from_slice(&text).map_err(|error| InterpError::format(path, error))
}

/// The tokens that end a text: those of `generation_config.json`, of `config.json`, and the chat's own.
fn ends(
    folder: &Path,
    config: &Value,
    tokenizer: &Tokenizer,
    template: Option<&Template>,
) -> Result<Vec<u32>> {
    let path = folder.join("generation_config.json");
    let generation = if path.exists() {
        json(&path)?
    } else {
        Value::Null
    };
    let mut ends = Vec::new();
    for value in [&generation["eos_token_id"], &config["eos_token_id"]] {
        let ids = match value {
            Value::Array(ids) => ids.iter().filter_map(Value::as_u64).collect(),
            one => one.as_u64().into_iter().collect::<Vec<_>>(),
        };
        ends.extend(ids.into_iter().filter_map(|id| u32::try_from(id).ok()));
    }
    let own = template.and_then(|template| tokenizer.token_to_id(template.end()));
    ends.extend(own);
    ends.sort_unstable();
    ends.dedup();
    Ok(ends)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::ModelConfig;
    use crate::directory;
    use crate::model::{Decoder, Input};
    use crate::vocabulary::{BEGIN, END, PAD, Vocabulary};

    fn words() -> Vocabulary {
        let own = (0..37).map(|number| format!("w{number}"));
        let special = [PAD, BEGIN, END].map(str::to_owned);
        Vocabulary::new(special.into_iter().chain(own).collect()).unwrap()
    }

    fn prompt(ids: &[u32]) -> Prompt {
        Prompt {
            ids: ids.to_vec(),
            max_tokens: 12,
            sampling: Sampling::greedy(),
            stops: Vec::new(),
        }
    }

    /// The continuation by whole runs of the decoder that is trained, without a cache.
    fn by_whole_runs(decoder: &Decoder, given: &[u32], end: u32) -> Vec<u32> {
        let mut ids = given.to_vec();
        for _ in 0..12 {
            let input = Input {
                ids: &ids,
                time: ids.len(),
            };
            let logits = decoder.run(input, &[ids.len() - 1], None).unwrap();
            let logits = logits.flatten_all().unwrap().to_vec1::<f32>().unwrap();
            let (next, _) = Chooser::new(Sampling::greedy()).choose(&logits);
            if next == end {
                break;
            }
            ids.push(next);
        }
        ids.split_off(given.len())
    }

    #[test]
    fn a_cache_and_a_batch_change_nothing() {
        let vocabulary = words();
        for head_norms in [false, true] {
            let mut config = ModelConfig::small(vocabulary.len(), 24, 2, 6);
            config.key_value_heads = 2;
            config.head_norms = head_norms;
            let decoder = Decoder::untrained(config, 3, &Device::Cpu).unwrap();
            let folder = tempfile::tempdir().unwrap();
            directory::write(folder.path(), &decoder, &vocabulary).unwrap();
            let generator = Generator::read(folder.path(), &Device::Cpu).unwrap();
            let prompts = [
                prompt(&[1, 5, 9, 11]),
                prompt(&[1, 7]),
                prompt(&[1, 30, 31, 32, 33, 34, 35]),
            ];
            let together = generator.generate(&prompts).unwrap();
            for (prompt, generated) in prompts.iter().zip(&together) {
                let expected = by_whole_runs(&decoder, &prompt.ids, vocabulary.end);
                assert_eq!(generated.ids, expected);
                assert_eq!(generated.log_probabilities.len(), expected.len());
                let alone = generator.generate(std::slice::from_ref(prompt)).unwrap();
                assert_eq!(alone[0].ids, expected);
            }
        }
    }

    #[test]
    fn texts_end_at_stops_and_have_room() {
        let vocabulary = words();
        let mut config = ModelConfig::small(vocabulary.len(), 24, 2, 6);
        config.positions = 8;
        let decoder = Decoder::untrained(config, 3, &Device::Cpu).unwrap();
        let folder = tempfile::tempdir().unwrap();
        directory::write(folder.path(), &decoder, &vocabulary).unwrap();
        let generator = Generator::read(folder.path(), &Device::Cpu).unwrap();
        let long = generator.generate(&[prompt(&[1, 4, 5])]).unwrap().remove(0);
        assert!(long.ids.len() <= 5);
        let second = vocabulary.word(long.ids[1]).unwrap().to_owned();
        let stopped = Prompt {
            stops: vec![second.clone()],
            ..prompt(&[1, 4, 5])
        };
        let stopped = generator.generate(&[stopped]).unwrap().remove(0);
        assert!(
            stopped.ended && !stopped.text.contains(&second),
            "{}",
            stopped.text
        );
        assert!(generator.generate(&[prompt(&[1; 8])]).is_err());
        assert!(generator.generate(&[prompt(&[99])]).is_err());
        let message = Message {
            role: Speaker::User,
            content: "w1 w2".to_owned(),
        };
        assert_eq!(generator.chat(&[message]).unwrap(), [1, 4, 5]);
    }

    #[test]
    fn rows_of_prompts_are_ids_messages_or_texts() {
        let row = |text: &str| -> Value { serde_json::from_str(text).unwrap() };
        assert_eq!(
            prompt_of(&row(r#"{"ids": [1, 2]}"#)),
            Ok(Row::Ids(vec![1, 2]))
        );
        assert_eq!(prompt_of(&row(r#"{"prompt": "x"}"#)), Ok(Row::Text("x")));
        let messages = row(r#"{"messages": [{"role": "user", "content": "x"}]}"#);
        let message = Message {
            role: Speaker::User,
            content: "x".to_owned(),
        };
        assert_eq!(prompt_of(&messages), Ok(Row::Messages(vec![message])));
        for (text, why) in [
            (r#"{"ids": [-1]}"#, "no number"),
            (r#"{"messages": [{"role": "judge"}]}"#, "needs `role`"),
            ("{}", "neither"),
        ] {
            let error = prompt_of(&row(text)).unwrap_err();
            assert!(error.contains(why), "{error}");
        }
    }
}
