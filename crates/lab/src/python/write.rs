//! From a store's samples to texts and ledgers.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::ops::ControlFlow;
use std::path::PathBuf;

use serde::Serialize;
use serde_json::json;
use tracestone_files::{self as files, FileError, Staging};
use tracestone_interp::TextReader;
use tracestone_interp::directory::Tokens;
use tracestone_prompts::Choice;
use tracestone_record::watch::{Progress, Watch};
use tracestone_record::words::counted;
use tracestone_record::{LatentKind, LedgerRow, Sample, SampleId, SampleKind, Split};
use tracestone_store::{Filter, LedgerWriter, LicensePolicy, Store};

use super::cases::{self, CASES};
use super::corpus::{OTHER_INPUT, PythonCorpus};
use super::places::{self, Place};
use super::targets;
use super::text::{Form, Text, text};
use crate::dataset::{CORPUS, hash, ledger_name, texts_name};
use crate::error::Error;
use crate::generate::staging;

/// Settings of [`model_ledger`].
#[derive(Debug, Clone)]
pub struct ModelLedgerSettings {
    /// The model's directory; only its tokenizer, template and number of positions are read.
    pub model: PathBuf,
    /// The folder to write.
    pub out: PathBuf,
    /// Replace a dataset in it.
    pub overwrite: bool,
    /// Form of the texts.
    pub form: Form,
    /// Style of the prompts.
    pub prompt: Choice,
    /// Kinds of the samples.
    pub kinds: Vec<SampleKind>,
    /// Texts of each part of the split at most.
    pub limit: Option<usize>,
    /// Tokens of a text at most, below the model's own number of positions.
    pub max_tokens: Option<usize>,
    /// Places of a text at most, drawn evenly.
    pub places: usize,
    /// Percent of the groups that go to train, validation and test; without, the store's own split.
    pub shares: Option<[u32; 3]>,
    /// Pairs of runs for patches at most.
    pub cases: usize,
    /// Name and version of the program.
    pub tool: String,
}

/// A written dataset.
#[derive(Debug, Clone, Serialize)]
pub struct ModelLedger {
    /// Content of its `corpus.json`.
    pub corpus: PythonCorpus,
}

/// A sample that may become a text, as far as the choice needs it.
#[derive(Debug, Clone)]
struct Candidate {
    id: SampleId,
    split: Split,
    /// Program, kind and question: equal for samples that differ in their input alone.
    key: String,
    /// Hash of its input: setup and call.
    call: [u8; 32],
    cases: bool,
}

/// Writes the dataset.
///
/// # Errors
/// The store or the model's files cannot be read, the folder holds something else, or a file fails.
pub fn model_ledger(
    store: &Store,
    settings: &ModelLedgerSettings,
    watch: &dyn Watch,
) -> Result<ModelLedger, Error> {
    let reader = TextReader::read(&settings.model).map_err(Error::OpenModel)?;
    let staging = staging(&settings.out, settings.overwrite)?;
    let candidates = candidates(store, settings, watch)?;
    let mut writer = Writer {
        store,
        settings,
        chat: settings.form.is_chat(&reader),
        positions: reader
            .positions()
            .unwrap_or(usize::MAX)
            .min(settings.max_tokens.unwrap_or(usize::MAX)),
        reader,
        folder: staging.path(),
        left_out: BTreeMap::new(),
        count: Count::default(),
    };
    writer.tokenizer()?;
    let siblings = siblings(&candidates);
    let mut texts = BTreeMap::new();
    for split in Split::ALL {
        texts.insert(split, writer.part(split, &candidates, &siblings, watch)?);
    }
    let pairs = writer.cases(&candidates, &siblings, watch)?;
    let corpus = writer.describe(texts, pairs)?;
    let text = serde_json::to_string_pretty(&corpus)?;
    files::write(writer.folder.join(CORPUS), format!("{text}\n"))?;
    publish(staging)?;
    Ok(ModelLedger { corpus })
}

fn publish(staging: Staging) -> Result<(), Error> {
    staging.publish().map_err(Error::Staging)
}

/// The samples of the wanted kinds, and those that pairs are made of.
fn candidates(
    store: &Store,
    settings: &ModelLedgerSettings,
    watch: &dyn Watch,
) -> Result<Vec<Candidate>, Error> {
    let mut kinds: BTreeSet<SampleKind> = settings.kinds.iter().copied().collect();
    kinds.insert(SampleKind::Output);
    let filter = Filter {
        kinds: kinds.into_iter().collect(),
        license: LicensePolicy::Any,
        ..Filter::default()
    };
    let progress = Progress::start_open(watch, "samples", "samples");
    let mut found: Vec<Candidate> = Vec::new();
    store.samples(&filter, |row| {
        progress.advance(1);
        let sample = &row.sample;
        if sample.language.is_python() {
            let question = serde_json::to_string(&sample.question).unwrap_or_default();
            let mut call = blake3::Hasher::new();
            call.update(sample.setup.as_bytes());
            call.update(&[0]);
            call.update(sample.call.as_bytes());
            let (kind, program) = (sample.kind.name(), row.program);
            found.push(Candidate {
                id: sample.id,
                split: part_of(&sample.group, sample.split, settings.shares),
                key: format!("{program} {kind} {question}"),
                call: *call.finalize().as_bytes(),
                cases: !settings.kinds.contains(&sample.kind),
            });
        }
        match watch.stop() {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    })?;
    if watch.stop() {
        return Err(Error::Stopped);
    }
    progress.finish(&counted(found.len() as u64, "sample"));
    // The same question about the same program can be in several files.
    found.sort_by_key(|one| one.id);
    found.dedup_by_key(|one| one.id);
    Ok(found)
}

/// The part of the split that a group is in.
fn part_of(group: &str, own: Split, shares: Option<[u32; 3]>) -> Split {
    let Some(shares) = shares else { return own };
    let hash = blake3::hash(group.as_bytes());
    let mut number = [0; 8];
    number.copy_from_slice(&hash.as_bytes()[..8]);
    let all: u64 = shares.iter().map(|share| u64::from(*share)).sum();
    let mut left = u64::from_le_bytes(number) % all.max(1);
    for (split, share) in Split::ALL.into_iter().zip(shares) {
        if left < u64::from(share) {
            return split;
        }
        left -= u64::from(share);
    }
    Split::Test
}

/// For each candidate those that differ in the input alone, the next one of the same program first.
fn siblings(candidates: &[Candidate]) -> Vec<Vec<usize>> {
    let mut groups: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (place, one) in candidates.iter().enumerate() {
        groups.entry(&one.key).or_default().push(place);
    }
    let mut all = vec![Vec::new(); candidates.len()];
    for group in groups.values() {
        for (at, own) in group.iter().enumerate() {
            let turned = group[at + 1..].iter().chain(&group[..at]);
            let others = turned.filter(|other| candidates[**other].call != candidates[*own].call);
            all[*own] = others.copied().collect();
        }
    }
    all
}

/// Sums over all texts.
#[derive(Default)]
struct Count {
    rows: u64,
    longest: usize,
    tokens: u64,
    leading: usize,
    /// Labels of places that have both semantics: by variable and semantics, how often each class is there.
    labels: BTreeMap<&'static str, [BTreeMap<String, u64>; 2]>,
}

/// The writer of a dataset.
struct Writer<'w> {
    store: &'w Store,
    settings: &'w ModelLedgerSettings,
    reader: TextReader,
    chat: bool,
    positions: usize,
    folder: PathBuf,
    left_out: BTreeMap<String, u64>,
    count: Count,
}

impl Writer<'_> {
    fn tokenizer(&self) -> Result<(), Error> {
        let tokens = Tokens::read(&self.settings.model)?;
        for (name, bytes) in tokens.files(0) {
            files::write(self.folder.join(name), bytes)?;
        }
        Ok(())
    }

    fn leave_out(&mut self, reason: &str) {
        *self.left_out.entry(reason.to_owned()).or_default() += 1;
    }

    /// A sample in its style of prompt.
    fn sample(&self, id: SampleId) -> Result<Sample, Error> {
        let mut sample = self.store.sample(&id.to_string())?.sample;
        if !self.settings.prompt.is_standard() {
            self.settings.prompt.apply(&mut sample)?;
        }
        Ok(sample)
    }

    /// Writes the texts of one part, and their ledger.
    fn part(
        &mut self,
        split: Split,
        candidates: &[Candidate],
        siblings: &[Vec<usize>],
        watch: &dyn Watch,
    ) -> Result<u64, Error> {
        let mut ledger =
            LedgerWriter::create(&self.folder.join(ledger_name(split)), &self.settings.tool)
                .map_err(Error::WriteLedger)?;
        let mut lines = Lines::create(self.folder.join(texts_name(split)))?;
        let own = candidates.iter().enumerate();
        let own: Vec<usize> = own
            .filter(|(_, one)| one.split == split && !one.cases)
            .map(|(place, _)| place)
            .collect();
        let most = self.settings.limit.unwrap_or(usize::MAX);
        let progress = Progress::start(watch, "texts", "samples", own.len().min(most) as u64);
        let mut written = 0;
        for place in own {
            if written as usize >= most {
                break;
            }
            if watch.stop() {
                return Err(Error::Stopped);
            }
            let other = siblings[place].first();
            // Models are trained on all texts; without another input there is nothing to compare with.
            if other.is_none() && split != Split::Train {
                self.leave_out("program with one input only");
                continue;
            }
            let sample = self.sample(candidates[place].id)?;
            let Some(text) = self.fitting(&sample, &sample.answer)? else {
                continue;
            };
            let rows = match other {
                Some(other) => {
                    let other = self.sample(candidates[*other].id)?;
                    self.rows(&sample, &text, &places::of(&other))
                }
                None => Vec::new(),
            };
            if rows.is_empty() && split != Split::Train {
                self.leave_out("text without a place that is the end of a token");
                continue;
            }
            ledger.write(rows).map_err(Error::WriteLedger)?;
            lines.put(&self.line(&sample, &text).to_string())?;
            written += 1;
            progress.advance(1);
        }
        lines.finish()?;
        self.count.rows += ledger.finish().map_err(Error::WriteLedger)?;
        progress.finish(&format!("{}, {}", split.name(), counted(written, "text")));
        Ok(written)
    }

    /// A text, if the model can read it.
    fn fitting(&mut self, sample: &Sample, answer: &str) -> Result<Option<Text>, Error> {
        let text = text(&self.reader, self.chat, sample, answer)?;
        if text.reading.ids.len() > self.positions {
            self.leave_out("text with more tokens than the model or --max-tokens allows");
            return Ok(None);
        }
        if text.reading.count_until(text.answer).is_none() {
            self.leave_out("text with a token over the start of its answer");
            return Ok(None);
        }
        Ok(Some(text))
    }

    fn line(&mut self, sample: &Sample, text: &Text) -> serde_json::Value {
        let reading = &text.reading;
        let count = &mut self.count;
        count.longest = count.longest.max(reading.ids.len());
        count.tokens += reading.ids.len() as u64;
        count.leading = reading.leading;
        json!({
            "id": sample.id.to_string(), "program": sample.group, "ids": reading.ids, "leading": reading.leading,
            "prompt_tokens": reading.count_until(text.answer),
        })
    }

    /// The rows of a text: at each place the states of its run, and those of another one at the same place.
    fn rows(&mut self, sample: &Sample, text: &Text, other: &[Place]) -> Vec<LedgerRow> {
        let others: BTreeMap<_, _> = other.iter().map(|place| (&place.key, place)).collect();
        let id = sample.id.to_string();
        let own = places::of(sample);
        let mut rows = Vec::new();
        for (step, place) in own.iter().enumerate() {
            let byte = text.answer + place.byte;
            let Some(position) = text.reading.ending_at(byte) else {
                self.leave_out("place inside a token");
                continue;
            };
            if !drawn(&id, step, own.len(), self.settings.places) {
                continue;
            }
            let Some(twin) = others.get(&place.key) else {
                self.leave_out("place that the other run does not reach");
                continue;
            };
            let row = |variable: &str, value: &str, semantics: &str| LedgerRow {
                sample: id.clone(),
                token: u32::try_from(position - text.reading.leading).ok(),
                byte: u32::try_from(byte).unwrap_or(u32::MAX),
                step: i32::try_from(step).unwrap_or(i32::MAX),
                variable: variable.to_owned(),
                value: value.to_owned(),
                kind: match variable {
                    "iteration" => LatentKind::Observed,
                    _ => LatentKind::Latent,
                },
                semantics: semantics.to_owned(),
            };
            for (name, value) in &place.targets {
                let Some(wrong) = twin.targets.get(name) else {
                    continue;
                };
                let labels = self.count.labels.entry(*name).or_default();
                *labels[0].entry(value.clone()).or_default() += 1;
                *labels[1].entry(wrong.clone()).or_default() += 1;
                rows.push(row(name, value, tracestone_interp::probe::ORIGINAL));
                rows.push(row(name, wrong, OTHER_INPUT));
            }
        }
        rows.sort_by(|a, b| a.place().cmp(&b.place()));
        rows
    }

    /// Pairs of runs of one program whose prompts have the same number of tokens, and whose answers differ.
    fn cases(
        &mut self,
        candidates: &[Candidate],
        siblings: &[Vec<usize>],
        watch: &dyn Watch,
    ) -> Result<u64, Error> {
        let mut lines = Lines::create(self.folder.join(CASES))?;
        let all = (0..candidates.len()).filter(|place| {
            let one = &candidates[*place];
            one.split == Split::Test && one.key.contains(" output ") && !siblings[*place].is_empty()
        });
        let all: Vec<usize> = all.collect();
        let progress = Progress::start(watch, "cases", "samples", all.len() as u64);
        let mut written = 0;
        for place in all {
            if written as usize >= self.settings.cases {
                break;
            }
            progress.advance(1);
            let sample = self.sample(candidates[place].id)?;
            let Some(own) = self.fitting(&sample, &sample.answer)? else {
                continue;
            };
            let mut found = None;
            // A few are enough: most inputs of a program are alike in length.
            for other in siblings[place].iter().take(8) {
                let other = self.sample(candidates[*other].id)?;
                found = cases::pair(&self.reader, self.chat, (&sample, &own), &other)?;
                if found.is_some() {
                    break;
                }
            }
            match found {
                Some(case) => {
                    lines.put(&serde_json::to_string(&case)?)?;
                    written += 1;
                }
                None => self.leave_out(
                    "case without another input of the same number of tokens and another answer",
                ),
            }
        }
        lines.finish()?;
        progress.finish(&counted(written, "case"));
        Ok(written)
    }

    fn describe(&self, texts: BTreeMap<Split, u64>, cases: u64) -> Result<PythonCorpus, Error> {
        let settings = self.settings;
        let names = targets::ALL.iter();
        let known = names.filter(|(name, _)| self.count.labels.contains_key(name));
        let entropies = self.count.labels.iter().map(|(name, labels)| {
            let own = (tracestone_interp::probe::ORIGINAL, entropy(&labels[0]));
            let other = (OTHER_INPUT, entropy(&labels[1]));
            let both = [own, other].map(|(semantics, bits)| (semantics.to_owned(), bits));
            ((*name).to_owned(), BTreeMap::from(both))
        });
        Ok(PythonCorpus {
            language: "python".to_owned(),
            tool: settings.tool.clone(),
            tokenizer: hash(&settings.model.join("tokenizer.json"))?,
            vocabulary: self.reader.vocabulary(),
            chat: self.chat,
            prompt: settings.prompt.word().to_owned(),
            kinds: settings
                .kinds
                .iter()
                .map(|kind| kind.name().to_owned())
                .collect(),
            places: settings.places,
            shares: settings.shares,
            texts,
            cases,
            ledger_rows: self.count.rows,
            longest: self.count.longest,
            tokens: self.count.tokens,
            leading: self.count.leading,
            left_out: self.left_out.clone(),
            semantics: vec![
                tracestone_interp::probe::ORIGINAL.to_owned(),
                OTHER_INPUT.to_owned(),
            ],
            variables: known
                .map(|(name, words)| ((*name).to_owned(), (*words).to_owned()))
                .collect(),
            entropies: entropies.collect(),
        })
    }
}

/// True for a number of places of a text that depends on its name alone.
fn drawn(id: &str, step: usize, all: usize, wanted: usize) -> bool {
    if all <= wanted {
        return true;
    }
    let mut hasher = blake3::Hasher::new();
    hasher.update(id.as_bytes());
    hasher.update(&step.to_le_bytes());
    let mut number = [0; 8];
    number.copy_from_slice(&hasher.finalize().as_bytes()[..8]);
    u64::from_le_bytes(number) % (all as u64) < wanted as u64
}

fn entropy(counts: &BTreeMap<String, u64>) -> f64 {
    let all: u64 = counts.values().sum();
    let shares = counts
        .values()
        .map(|count| *count as f64 / all.max(1) as f64);
    shares.map(|share| -share * share.log2()).sum()
}

/// A file of lines that grows.
struct Lines {
    path: PathBuf,
    file: BufWriter<File>,
}

impl Lines {
    fn create(path: PathBuf) -> Result<Self, Error> {
        let file = BufWriter::new(files::create(&path)?);
        Ok(Self { path, file })
    }

    fn put(&mut self, line: &str) -> Result<(), Error> {
        let written = writeln!(self.file, "{line}");
        Ok(written.map_err(FileError::at("write", &self.path))?)
    }

    fn finish(mut self) -> Result<(), Error> {
        Ok(self
            .file
            .flush()
            .map_err(FileError::at("write", &self.path))?)
    }
}
