//! Chat templates: Jinja texts that turn a conversation into one text.

mod python;

use std::path::Path;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Kwargs, Serde, Value};
use minijinja::{Environment, Error, ErrorKind};
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

/// Number of steps of a template, which comes with a model of somebody else: some seconds of work.
const FUEL: u64 = 10_000_000;

/// Names of tokens that a template can use.
const TOKENS: [&str; 7] = [
    "bos_token",
    "eos_token",
    "pad_token",
    "unk_token",
    "sep_token",
    "cls_token",
    "mask_token",
];

/// A model's template and the tokens that it can name.
pub(crate) struct Template {
    text: String,
    /// Tokens by their names, those that the tokenizer has.
    tokens: Vec<(&'static str, String)>,
}

impl Template {
    /// Reads the template of a directory, if it has one.
    pub(crate) fn read(folder: &Path) -> Result<Option<Self>> {
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
        let token = |name: &'static str| {
            let value = &config[name];
            let text = value.as_str().or_else(|| value["content"].as_str())?;
            Some((name, text.to_owned()))
        };
        Ok(text.map(|text| Self {
            text: without_tracking(&text),
            tokens: TOKENS.into_iter().filter_map(token).collect(),
        }))
    }

    /// The token that ends a text.
    pub(super) fn end(&self) -> &str {
        let end = self.tokens.iter().find(|(name, _)| *name == "eos_token");
        end.map_or("", |(_, token)| token)
    }

    /// The text of a conversation, up to where the model goes on.
    pub(crate) fn render(&self, messages: &[Message]) -> std::result::Result<String, Error> {
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
        environment.set_fuel(Some(FUEL));
        let mut syntax = SyntaxConfig::builder();
        syntax.trim_blocks(true).lstrip_blocks(true);
        environment.set_syntax(syntax.build()?);
        environment.set_unknown_method_callback(python::method);
        environment.set_formatter(python::print);
        environment.add_filter("tojson", |value: Value, named: Kwargs| {
            python::to_json(&value, named)
        });
        environment.add_function("strftime_now", |format: String| {
            python::strftime_now(&format)
        });
        environment.add_function("raise_exception", |why: String| {
            Err::<Value, _>(Error::new(ErrorKind::InvalidOperation, why))
        });
        let tokens = self.tokens.iter();
        let tokens = tokens.map(|(name, token)| (*name, Value::from(token.as_str())));
        let context = tokens.chain([
            ("messages", Value::from(Serde(messages))),
            ("add_generation_prompt", Value::from(true)),
            // There are none, and templates ask for them.
            ("tools", Value::from(())),
            ("documents", Value::from(())),
        ]);
        let context = Value::from_pairs(context);
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

/// The template without the blocks `generation`, which tell training which tokens are the model's own.
fn without_tracking(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("{%") {
        let inside = at + 2;
        let end = rest[inside..]
            .find("%}")
            .map_or(rest.len(), |end| inside + end);
        let name = rest[inside..end].trim_matches(|c: char| c.is_whitespace() || "+-".contains(c));
        out.push_str(&rest[..inside]);
        out.push_str(&match name {
            "generation" => rest[inside..end].replace(name, "if true"),
            "endgeneration" => rest[inside..end].replace(name, "endif"),
            _ => rest[inside..end].to_owned(),
        });
        rest = &rest[end..];
    }
    out + rest
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

#[cfg(test)]
mod tests {
    use super::*;

    fn message(role: Speaker, content: &str) -> Message {
        Message {
            role,
            content: content.to_owned(),
        }
    }

    fn template(text: &str) -> Template {
        Template {
            text: without_tracking(text),
            tokens: vec![
                ("bos_token", "<s>".to_owned()),
                ("eos_token", "<|im_end|>".to_owned()),
            ],
        }
    }

    fn filled(text: &str) -> String {
        let messages = [
            message(Speaker::System, "Be kind."),
            message(Speaker::User, " Hello! "),
            message(
                Speaker::Assistant,
                "<think>hm</think>\n\nHi, \u{e4} \"you\".",
            ),
            message(Speaker::User, "Bye"),
        ];
        let filled = template(text).render(&messages);
        filled.unwrap_or_else(|error| panic!("{error:#}"))
    }

    #[test]
    fn templates_of_the_families_can_be_filled() {
        let chat = "{%- for message in messages -%}<|im_start|>{{ message['role'] }}\n\
            {{ message.content.strip() }}<|im_end|>\n{% endfor -%}\
            {%- if add_generation_prompt %}<|im_start|>assistant\n{% endif %}";
        let messages = [
            message(Speaker::System, "Be kind."),
            message(Speaker::User, " Hello! "),
        ];
        let text = template(chat).render(&messages).unwrap();
        assert!(
            text.starts_with("<|im_start|>system\nBe kind.<|im_end|>"),
            "{text}"
        );
        assert!(
            text.contains("<|im_start|>user\nHello!<|im_end|>"),
            "{text}"
        );
        assert!(text.ends_with("<|im_start|>assistant\n"), "{text}");
        let strict = template(
            "{{ bos_token }}{% if messages[0]['role'] == 'system' %}\
             {{ raise_exception('System role not supported') }}{% endif %}{{ messages[0]['content'] }}",
        );
        assert_eq!(strict.render(&messages).unwrap(), "<s>Be kind.\n\n Hello! ");
        let error = strict.render(&messages[..1]).unwrap_err();
        assert!(format!("{error:#}").contains("System role"));
    }

    #[test]
    fn macros_namespaces_and_loops_work() {
        for (text, wanted) in [
            (
                "{%- macro turn(role, text, end=eos_token) %}[{{ role }}]{{ text | trim }}{{ end }}{% endmacro -%}
                {%- for m in messages[2:] %}{{ turn(m.role, m.content.split('</think>')[-1], end='|') }}{% endfor %}",
                "[assistant]Hi, \u{e4} \"you\".|[user]Bye|",
            ),
            (
                "{% set ns = namespace(last=-1) %}{% for m in messages[::-1] %}{% if m.role == 'assistant' %}\
                {% set ns.last = loop.index0 %}{% break %}{% endif %}{% endfor %}{{ ns.last }}",
                "1",
            ),
            (
                "{% for m in messages %}{% if m.role != 'user' %}{% continue %}{% endif %}{{ m.content }};{% endfor %}",
                " Hello! ;Bye;",
            ),
            (
                "{% for m in messages %}{%- if m.role == 'assistant' -%}{% generation %}{{ m.content[-6:] }}\
                {%- endgeneration -%}{% endif %}{% endfor %}",
                "\"you\".",
            ),
            (
                "{{ tools is none }} {{ tools is defined }} {{ pad_token is defined }} {{ none }} {{ ['a', 1, true] }}",
                "True True False None ['a', 1, True]",
            ),
            (
                "{{ messages[:2] | selectattr('role', 'equalto', 'user') | map(attribute='content') | list }}",
                "[' Hello! ']",
            ),
        ] {
            assert_eq!(filled(text), wanted, "{text}");
        }
    }

    #[test]
    fn json_is_that_of_python() {
        for (text, wanted) in [
            (
                "{{ messages[0] | tojson }}",
                r#"{"role": "system", "content": "Be kind."}"#,
            ),
            (
                "{{ {'b': [1, 2.0, none], 'a': 'ä<'} | tojson }}",
                r#"{"b": [1, 2.0, null], "a": "ä<"}"#,
            ),
            (
                "{{ {'b': [], 'a': 'ä'} | tojson(ensure_ascii=true, sort_keys=true, separators=(',', ':')) }}",
                r#"{"a":"\u00e4","b":[]}"#,
            ),
            (
                "{{ {'b': [1, {}]} | tojson(indent=2) }}",
                "{\n  \"b\": [\n    1,\n    {}\n  ]\n}",
            ),
        ] {
            assert_eq!(filled(text), wanted, "{text}");
        }
    }

    #[test]
    fn methods_are_those_of_python() {
        for (text, wanted) in [
            ("{{ 'a,b,c'.split(',', 1) }}", "['a', 'b,c']"),
            ("{{ 'a,b,c'.rsplit(',', 1) }}", "['a,b', 'c']"),
            ("{{ ', '.join(['x', 'y']) }}", "x, y"),
            (
                "{{ 'one two'.title() }} {{ 'oNE'.capitalize() }}",
                "One Two One",
            ),
            ("{{ 'abc'.startswith(('x', 'a')) }}", "True"),
            ("{{ 'äbc'.find('c') }} {{ 'abc'.find('x') }}", "2 -1"),
            (
                "{{ {'a': 1}.get('b', 7) }} {{ {'a': 1}.items() | list }}",
                "7 [['a', 1]]",
            ),
            ("{{ 'aXbX'.replace('X', '-', 1) }}", "a-bX"),
            ("{{ '-' * 3 }}", "---"),
        ] {
            assert_eq!(filled(text), wanted, "{text}");
        }
        let year = filled("{{ strftime_now('%Y') }}");
        assert!(year.parse::<u32>().is_ok_and(|year| year >= 2026), "{year}");
        assert!(template("{{ strftime_now('%!') }}").render(&[]).is_err());
    }

    #[test]
    fn a_template_without_an_end_is_given_up() {
        let rows = "{% for a in range(100000) %}".repeat(4);
        let text = format!("{rows}{}", "{% endfor %}".repeat(4));
        let messages = [message(Speaker::User, "Hello!")];
        assert!(template(&text).render(&messages).is_err());
    }
}
