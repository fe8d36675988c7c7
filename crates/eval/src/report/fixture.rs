//! A small run for the tests of reports: two `trace` items, three responses each, with hostile text.

use std::collections::{BTreeMap, HashMap};

use super::Results;
use crate::answer::Extraction;
use crate::item::Item;
use crate::judge::{self, Job, Outcome, Runner, Verdict};
use crate::judging::judge_all;
use crate::log::{AnswerKey, Entry, Reply};
use crate::model::{CallError, CallErrorKind, Generation, Message, Response, Role, Usage};
use crate::run::{Asked, Header, Run, Scored};
use crate::score::score;

/// Text that would leave the place it is put in, if that were possible.
pub(super) const HOSTILE: &str =
    "</script><script>alert(1)</script><!--<img src=x onerror=alert(2)>\u{2028}{{ item }}";

const GOLD: &str = "call 0 1 f\n  n = 1\nline 0 2\nline 0 3\n  n = 2\nreturn 0 3 = 2\n";
const WRONG: &str = "call 0 1 f\n  n = 1\nline 0 2\nline 0 3\n  n = 3\nreturn 0 3 = 3\n";

pub(super) struct Fixture {
    header: Header,
    asked: Vec<Asked>,
    entries: HashMap<AnswerKey, Entry>,
    verdicts: Vec<Vec<Verdict>>,
    scored: Scored,
}

struct NoRunner;

impl Runner for NoRunner {
    fn run(&mut self, _: Vec<Job>) -> Result<Vec<Vec<Outcome>>, String> {
        Err("traces need no execution".to_owned())
    }
}

fn header() -> Header {
    Header {
        layout: Header::layout(),
        task: "trace".to_owned(),
        task_hash: "0011223344556677".to_owned(),
        parameters: BTreeMap::from([("style".to_owned(), "direct".to_owned())]),
        judge: "trace".to_owned(),
        judge_settings: BTreeMap::new(),
        episode: None,
        slices: vec!["steps".to_owned()],
        model: "openai/a<b>&\"c".to_owned(),
        endpoint: "http://127.0.0.1:1/v1/chat/completions".to_owned(),
        model_id: None,
        given: String::new(),
        generation: Generation {
            temperature: Some(0.5),
            max_tokens: Some(64),
            ..Generation::default()
        },
        epochs: 3,
        extraction: Extraction::Marked,
        items: 2,
        items_hash: "8899aabbccddeeff".to_owned(),
        source: crate::task::Source::Samples,
        data: "a.db".to_owned(),
        created: "2026-11-25T10:00:00Z".to_owned(),
        tool: "tracestone 0.0.0".to_owned(),
    }
}

fn asked(id: &str, steps: u32) -> Asked {
    let program = "def f(n):\n    n = n + 1\n    return n\n";
    let item = Item {
        id: id.to_owned(),
        kind: "trace".to_owned(),
        fields: BTreeMap::from([("program".to_owned(), program.into())]),
        answer: GOLD.to_owned(),
        input: "1".to_owned(),
        execution: None,
        also: Vec::new(),
        tests: None,
        material: serde_json::Value::Null,
        cluster: format!("group-{id}"),
        facts: BTreeMap::from([("steps".to_owned(), steps.into())]),
        date: None,
    };
    let message = |role, content: String| Message { role, content };
    Asked {
        item,
        messages: vec![
            message(Role::System, "Answer.".to_owned()),
            message(Role::User, format!("{program}\n{HOSTILE}")),
        ],
    }
}

fn response(answer: &str) -> Reply {
    Reply::Response(Response {
        usage: Some(Usage {
            input_tokens: 120,
            output_tokens: 30,
            reasoning_tokens: 10,
            cached_tokens: 20,
        }),
        reasoning: Some(format!("hm {HOSTILE}")),
        ..Response::plain(format!("{HOSTILE}\n[ANSWER]\n{answer}[/ANSWER]"))
    })
}

impl Fixture {
    pub(super) fn new() -> Self {
        let header = header();
        let asked = vec![asked("one", 4), asked("two", 9)];
        let error = CallError {
            kind: CallErrorKind::Server,
            status: Some(500),
            message: "it burns".to_owned(),
            retry_after: None,
        };
        let replies = vec![
            vec![
                Some(response(GOLD)),
                Some(response(GOLD)),
                Some(response(WRONG)),
            ],
            vec![Some(response(GOLD)), Some(Reply::Error(error)), None],
        ];
        let mut entries = HashMap::new();
        for (one, row) in asked.iter().zip(&replies) {
            for (repeat, reply) in (0_u32..).zip(row) {
                let Some(reply) = reply.clone() else { continue };
                let key = Run::key_of(&header, one, repeat);
                let entry = Entry {
                    key: key.clone(),
                    item: one.item.id.clone(),
                    repeat,
                    at: format!("2026-11-25T10:00:0{}Z", repeat + 1),
                    seconds: 0.25,
                    attempts: 1,
                    reply,
                    steps: Vec::new(),
                };
                entries.insert(key, entry);
            }
        }
        let items: Vec<Item> = asked.iter().map(|one| one.item.clone()).collect();
        let judge = judge::by_name("trace").unwrap();
        let verdicts = judge_all(
            judge,
            &items,
            &replies,
            &[Extraction::Marked; 3],
            &mut NoRunner,
        )
        .unwrap();
        let mut score = score(&items, &verdicts, &header.slices);
        score.usage = Some(Usage {
            input_tokens: 480,
            output_tokens: 120,
            reasoning_tokens: 40,
            cached_tokens: 80,
        });
        let scored = Scored {
            judge: (judge.name().to_owned(), judge.version()),
            score,
            references: BTreeMap::from([("constant".to_owned(), 0.0)]),
            notes: Vec::new(),
            cost: Some(0.0125),
            agreement: None,
            compat: None,
            measures: Vec::new(),
        };
        Self {
            header,
            asked,
            entries,
            verdicts,
            scored,
        }
    }

    pub(super) fn results(&self) -> Results<'_> {
        Results {
            header: &self.header,
            asked: &self.asked,
            entries: &self.entries,
            verdicts: &self.verdicts,
            scored: &self.scored,
        }
    }

    pub(super) fn responses(&self) -> usize {
        self.verdicts.iter().map(Vec::len).sum()
    }
}
