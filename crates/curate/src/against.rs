//! Programs that hold something of a benchmark: its functions, renamed or not, and its problems' words.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::{Deserialize, Serialize};
use tracestone_record::{NormalForm, Rule};

use crate::benchmark::Benchmark;
use crate::print::forms;
use crate::token::{Tokens, grams, hash, hashes, mix};

/// Tokens in a sequence that is looked for.
const GRAM: usize = 8;
/// Share of a function's sequences that a program must have.
const SHARE: f64 = 0.7;
/// Bodies with fewer tokens than this have a rule of their own: all their tokens, in one run.
const SHORT: usize = 20;
/// Shorter bodies, such as `return x + y`, are in no rule about tokens.
const SHORTEST: usize = 10;
/// Names, literals and operators that a function has at least, to be known by its tree.
const TREE_TOKENS: u32 = 6;
/// Words in a sequence that is looked for in comments and docstrings.
const WORDS: usize = 13;

/// Something of a benchmark in a program.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Hit {
    /// The rule, one of those about benchmarks.
    pub rule: Rule,
    /// Name of the benchmark.
    pub benchmark: String,
    /// Name of the task in it.
    pub task: String,
    /// Part of the task that was found, and its place.
    pub evidence: String,
}

/// A function of a task.
#[derive(Debug)]
struct Function {
    task: usize,
    name: String,
    /// Different sequences of its body; 0 for a short one.
    grams: usize,
}

/// The functions and problems of benchmarks, to be looked up.
#[derive(Debug, Default)]
pub struct Against {
    /// Benchmark and task.
    tasks: Vec<(String, String)>,
    functions: Vec<Function>,
    /// Functions by the hash of all their tokens.
    exact: HashMap<u64, usize>,
    /// Functions by the hashes of their normal forms.
    trees: HashMap<u128, usize>,
    /// Functions by the sequences of their bodies.
    grams: HashMap<u64, Vec<usize>>,
    /// Short functions by the hash of their bodies' tokens, and these by their length.
    short: BTreeMap<usize, HashMap<u64, usize>>,
    /// Tasks by sequences of words.
    words: HashMap<u64, usize>,
}

impl Against {
    /// The functions and problems of these benchmarks; `forms_of` gives the normal forms of a text and its
    /// functions.
    pub fn new(benchmarks: &[Benchmark], forms_of: impl Fn(&str) -> Vec<NormalForm>) -> Self {
        let mut against = Self::default();
        for benchmark in benchmarks {
            for task in &benchmark.tasks {
                let number = against.tasks.len();
                against
                    .tasks
                    .push((benchmark.name.clone(), task.id.clone()));
                for form in forms_of(&task.code).iter().filter(|form| is_function(form)) {
                    against.add(number, form, &task.code);
                }
                let texts = task.prose.iter().map(|prose| words(prose.as_bytes()));
                for words in texts.chain([words(&prose(&task.code))]) {
                    if words.len() >= WORDS {
                        for gram in grams(&words, WORDS) {
                            against.words.entry(gram).or_insert(number);
                        }
                    }
                }
            }
        }
        against
    }

    /// True if there is nothing to look for.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.tasks.is_empty()
    }

    fn add(&mut self, task: usize, form: &NormalForm, code: &str) {
        let number = self.functions.len();
        let (all, body) = tokens_of(form, code);
        let mut function = Function {
            task,
            name: form.name.clone(),
            grams: 0,
        };
        self.exact.entry(whole(&all)).or_insert(number);
        if form.tokens >= TREE_TOKENS {
            for tree in &forms(form) {
                self.trees.entry(*tree).or_insert(number);
            }
        }
        if body.len() >= SHORT {
            let different: BTreeSet<u64> = grams(&body, GRAM).into_iter().collect();
            function.grams = different.len();
            for gram in different {
                self.grams.entry(gram).or_default().push(number);
            }
        } else if body.len() >= SHORTEST {
            let short = self.short.entry(body.len()).or_default();
            short.entry(whole(&body)).or_insert(number);
        }
        self.functions.push(function);
    }

    /// Finds parts of benchmarks in a program with these normal forms: one hit for each task, by the first rule that holds.
    #[must_use]
    pub fn check(&self, text: &str, forms_of_text: &[NormalForm]) -> Vec<Hit> {
        let mut found: BTreeMap<usize, (Rule, String)> = BTreeMap::new();
        let mut hit = |task: usize, rule: Rule, evidence: String| {
            let first = found.get(&task).is_none_or(|(known, _)| rule < *known);
            if first {
                found.insert(task, (rule, evidence));
            }
        };
        for form in forms_of_text.iter().filter(|form| is_function(form)) {
            let (name, lines) = (&form.name, form.lines);
            let place = format!("`{name}`, lines {} to {}", lines.first, lines.last);
            let (all, _) = tokens_of(form, text);
            if let Some(function) = self.exact.get(&whole(&all)) {
                let function = &self.functions[*function];
                hit(function.task, Rule::BenchmarkExact, place.clone());
            }
            if form.tokens >= TREE_TOKENS {
                let trees = forms(form);
                let same = trees.iter().find_map(|tree| self.trees.get(tree));
                if let Some(function) = same.map(|function| &self.functions[*function]) {
                    let evidence = format!("{place}, has the tree of `{}`", function.name);
                    hit(function.task, Rule::BenchmarkTree, evidence);
                }
            }
        }
        for (function, share) in self.sequences(&hashes(text)) {
            let function = &self.functions[function];
            let evidence = match share {
                None => format!("all tokens of the body of `{}`", function.name),
                Some(share) => format!(
                    "{:.0} % of the {GRAM}-token sequences of `{}`",
                    share * 100.0,
                    function.name
                ),
            };
            hit(function.task, Rule::BenchmarkTokens, evidence);
        }
        if !self.words.is_empty() {
            let words = words(&prose(text));
            let held = grams(&words, WORDS);
            if let Some(task) = held.iter().find_map(|gram| self.words.get(gram)) {
                let evidence = format!("{WORDS} words of the problem in a row");
                hit(*task, Rule::BenchmarkProse, evidence);
            }
        }
        found
            .into_iter()
            .map(|(task, (rule, evidence))| Hit {
                rule,
                benchmark: self.tasks[task].0.clone(),
                task: self.tasks[task].1.clone(),
                evidence,
            })
            .collect()
    }

    /// Functions whose sequences are in the tokens, with the share; without one for short bodies.
    fn sequences(&self, tokens: &[u64]) -> Vec<(usize, Option<f64>)> {
        let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
        if !self.grams.is_empty() && tokens.len() >= GRAM {
            let held: BTreeSet<u64> = grams(tokens, GRAM).into_iter().collect();
            for function in held
                .iter()
                .filter_map(|gram| self.grams.get(gram))
                .flatten()
            {
                *counts.entry(*function).or_default() += 1;
            }
        }
        let long = counts.into_iter().filter_map(|(function, count)| {
            let share = count as f64 / self.functions[function].grams as f64;
            (share >= SHARE).then_some((function, Some(share)))
        });
        let mut found: Vec<_> = long.collect();
        for (length, short) in &self.short {
            if tokens.len() >= *length {
                let held = grams(tokens, *length);
                found.extend(
                    held.iter()
                        .filter_map(|gram| Some((*short.get(gram)?, None))),
                );
            }
        }
        found
    }
}

fn is_function(form: &NormalForm) -> bool {
    form.arguments.is_some()
}

/// The hash of tokens in a row, as [`grams`] gives it.
fn whole(tokens: &[u64]) -> u64 {
    grams(tokens, tokens.len()).first().copied().unwrap_or(0)
}

/// The hashes of the tokens of a function, and of those of its body.
fn tokens_of(form: &NormalForm, text: &str) -> (Vec<u64>, Vec<u64>) {
    let count = form.lines.last.index() + 1 - form.lines.first.index();
    let lines: Vec<&str> = text
        .lines()
        .skip(form.lines.first.index())
        .take(count)
        .collect();
    let text = lines.join("\n");
    let bytes = text.as_bytes();
    let mut depth = 0_usize;
    let mut body = None;
    let mut all = Vec::new();
    for (start, end) in Tokens::of(&text) {
        match &bytes[start..end] {
            b"(" | b"[" | b"{" => depth += 1,
            b")" | b"]" | b"}" => depth = depth.saturating_sub(1),
            b":" if depth == 0 && body.is_none() => body = Some(all.len() + 1),
            _ => {}
        }
        all.push(hash(&bytes[start..end]));
    }
    let body = all.split_off(body.unwrap_or(all.len()));
    let mut whole = all;
    whole.extend(&body);
    (whole, body)
}

/// Comments and docstrings of a text: what stands between its tokens.
fn prose(text: &str) -> Vec<u8> {
    let mut found = Vec::new();
    let mut last = 0;
    for (start, end) in Tokens::of(text) {
        found.extend_from_slice(&text.as_bytes()[last..start]);
        last = end;
    }
    found.extend_from_slice(&text.as_bytes()[last..]);
    found
}

/// The hashes of the words of a text, in lower case.
fn words(text: &[u8]) -> Vec<u64> {
    let words = text.split(|byte| !byte.is_ascii_alphanumeric() && *byte < 0x80);
    words
        .filter(|word| !word.is_empty())
        .map(|word| mix(hash(&word.to_ascii_lowercase())))
        .collect()
}
