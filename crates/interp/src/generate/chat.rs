//! Chat templates: Jinja texts that turn a conversation into one text.

use std::path::Path;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Serde, Value, ValueKind};
use minijinja::{Environment, Error, ErrorKind, State};
use serde::{Deserialize, Serialize};

use super::json;
use crate::error::Result;

/// Role of the author of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Speaker {
    /// The one who sets the rules.
    System,
    /// The one who asks.
    User,
    /// The model itself.
    Assistant,
}

/// A message of a conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Author of the message.
    pub role: Speaker,
    /// Text of the message.
    pub content: String,
}

/// A model's template and the tokens that it can name.
pub(super) struct Template {
    text: String,
    begin: String,
    end: String,
}

impl Template {
    /// Reads the template of a directory, if it has one.
    pub(super) fn read(folder: &Path) -> Result<Option<Self>> {
        let path = folder.join("tokenizer_config.json");
        let config = if path.exists() {
            json(&path)?
        } else {
            serde_json::Value::Null
        };
        let file = folder.join("chat_template.jinja");
        let text = if file.exists() {
            Some(tracestone_files::read_text(&file)?)
        } else {
            named(&config["chat_template"])
        };
        let token = |name: &str| {
            let value = &config[name];
            let text = value.as_str().or_else(|| value["content"].as_str());
            text.unwrap_or_default().to_owned()
        };
        Ok(text.map(|text| Self {
            text,
            begin: token("bos_token"),
            end: token("eos_token"),
        }))
    }

    /// The token that ends a text.
    pub(super) fn end(&self) -> &str {
        &self.end
    }

    /// The text of a conversation, up to where the model goes on.
    pub(super) fn render(&self, messages: &[Message]) -> std::result::Result<String, Error> {
        match self.filled(messages) {
            Ok(text) => Ok(text),
            // Some templates know no system: its message then comes before the first one.
            Err(error) => match merged(messages) {
                Some(merged) => self.filled(&merged).map_err(|_| error),
                None => Err(error),
            },
        }
    }

    fn filled(&self, messages: &[Message]) -> std::result::Result<String, Error> {
        let mut environment = Environment::new();
        let mut syntax = SyntaxConfig::builder();
        syntax.trim_blocks(true).lstrip_blocks(true);
        environment.set_syntax(syntax.build()?);
        environment.set_unknown_method_callback(method);
        environment.add_filter("tojson", |value: Value| {
            serde_json::to_string(&value)
                .map_err(|error| Error::new(ErrorKind::InvalidOperation, error.to_string()))
        });
        environment.add_function("raise_exception", |why: String| {
            Err::<Value, _>(Error::new(ErrorKind::InvalidOperation, why))
        });
        let context = Value::from_pairs([
            ("messages", Value::from(Serde(messages))),
            ("add_generation_prompt", Value::from(true)),
            ("bos_token", Value::from(self.begin.as_str())),
            ("eos_token", Value::from(self.end.as_str())),
        ]);
        environment.render_str(&self.text, context)
    }
}

/// The template of `tokenizer_config.json`: a text, or of several the one that is called `default`.
fn named(value: &serde_json::Value) -> Option<String> {
    if let Some(text) = value.as_str() {
        return Some(text.to_owned());
    }
    let list = value.as_array()?;
    let one = list.iter().find(|one| one["name"] == "default")?;
    one["template"].as_str().map(str::to_owned)
}

/// The conversation with the system's message at the start of the first one.
fn merged(messages: &[Message]) -> Option<Vec<Message>> {
    let [system, first, rest @ ..] = messages else {
        return None;
    };
    if system.role != Speaker::System || first.role != Speaker::User {
        return None;
    }
    let first = Message {
        role: Speaker::User,
        content: format!("{}\n\n{}", system.content, first.content),
    };
    Some(std::iter::once(first).chain(rest.iter().cloned()).collect())
}

/// Methods of Python's texts and mappings that chat templates use.
fn method(
    _: &mut State<'_, '_>,
    value: &Value,
    name: &str,
    arguments: &[Value],
) -> std::result::Result<Value, Error> {
    let unknown = || Error::from(ErrorKind::UnknownMethod);
    let argument = |at: usize| arguments.get(at).and_then(Value::as_str);
    if value.kind() == ValueKind::Map {
        return match name {
            "get" => {
                let key = arguments.first().ok_or_else(unknown)?;
                let found = value.get_item(key)?;
                let default = arguments.get(1).cloned().unwrap_or_else(|| Value::from(()));
                Ok(if found.is_undefined() { default } else { found })
            }
            "keys" => Ok(value.try_iter()?.collect()),
            "items" => {
                let pair = |key: Value| Ok(Value::from(vec![key.clone(), value.get_item(&key)?]));
                value.try_iter()?.map(pair).collect()
            }
            _ => Err(unknown()),
        };
    }
    let text = value.as_str().ok_or_else(unknown)?;
    let set = argument(0).map(|set| set.chars().collect::<Vec<_>>());
    let strips = |c: char| match &set {
        Some(set) => set.contains(&c),
        None => c.is_whitespace(),
    };
    Ok(match name {
        "strip" => Value::from(text.trim_matches(strips)),
        "lstrip" => Value::from(text.trim_start_matches(strips)),
        "rstrip" => Value::from(text.trim_end_matches(strips)),
        "upper" => Value::from(text.to_uppercase()),
        "lower" => Value::from(text.to_lowercase()),
        "startswith" => Value::from(text.starts_with(argument(0).ok_or_else(unknown)?)),
        "endswith" => Value::from(text.ends_with(argument(0).ok_or_else(unknown)?)),
        "split" => match argument(0) {
            Some(separator) => text.split(separator).map(Value::from).collect(),
            None => text.split_whitespace().map(Value::from).collect(),
        },
        "replace" => {
            let from = argument(0).ok_or_else(unknown)?;
            Value::from(text.replace(from, argument(1).ok_or_else(unknown)?))
        }
        _ => return Err(unknown()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(role: Speaker, content: &str) -> Message {
        Message {
            role,
            content: content.to_owned(),
        }
    }

    #[test]
    fn templates_of_the_families_can_be_filled() {
        let chat = "{%- for message in messages -%}<|im_start|>{{ message['role'] }}\n\
            {{ message.content.strip() }}<|im_end|>\n{% endfor -%}\
            {%- if add_generation_prompt %}<|im_start|>assistant\n{% endif %}";
        let template = Template {
            text: chat.to_owned(),
            begin: "<s>".to_owned(),
            end: "<|im_end|>".to_owned(),
        };
        let messages = [
            message(Speaker::System, "Be kind."),
            message(Speaker::User, " Hello! "),
        ];
        let text = template.render(&messages).unwrap();
        assert!(
            text.starts_with("<|im_start|>system\nBe kind.<|im_end|>"),
            "{text}"
        );
        assert!(
            text.contains("<|im_start|>user\nHello!<|im_end|>"),
            "{text}"
        );
        assert!(text.ends_with("<|im_start|>assistant\n"), "{text}");
        let strict = Template {
            text: "{{ bos_token }}{% if messages[0]['role'] == 'system' %}\
                {{ raise_exception('System role not supported') }}{% endif %}{{ messages[0]['content'] }}"
                .to_owned(),
            ..template
        };
        assert_eq!(strict.render(&messages).unwrap(), "<s>Be kind.\n\n Hello! ");
        let error = strict.render(&messages[..1]).unwrap_err();
        assert!(format!("{error:#}").contains("System role"));
    }
}
