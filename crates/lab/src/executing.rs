//! Programs that a model writes, executed: in synthesis mode a completion is right if it does what the examples show,
//! whether it is the program that was drawn or not.

use std::path::Path;

use serde::{Deserialize, Serialize};
use tracestone_interp::Device;
use tracestone_interp::Vocabulary;
use tracestone_interp::data::Texts;
use tracestone_interp::generate::{Generator, Prompt, Sampling};
use tracestone_karel::corpus::Corpus;
use tracestone_karel::text::{Mode, write};
use tracestone_karel::{Drawn, Program, Semantics, World, parse_body};
use tracestone_record::watch::{Progress, Watch};
use tracestone_record::words::counted;
use tracestone_stats::interval;

use crate::dataset::Dataset;
use crate::error::Error;

/// Texts that are generated together.
const BATCH: usize = 64;

/// Outcomes of the written programs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Executed {
    /// Programs that turn every start world into its final world.
    pub right: usize,
    /// The number of them that are not the program that was drawn.
    pub right_otherwise: usize,
    /// Programs that end in another world somewhere.
    pub wrong: usize,
    /// Completions that are no program.
    pub unparsable: usize,
    /// Programs that are not over in time.
    pub out_of_steps: usize,
    /// Number of all texts.
    pub texts: usize,
    /// The share of right ones.
    pub share: f64,
    /// Its 95 % interval, over the drawn programs.
    pub interval: [f64; 2],
    /// Mean number of statements of right programs, as a share of those of the drawn ones.
    pub length_ratio: Option<f64>,
}

/// Result for one text.
enum Done {
    Right {
        written: usize,
        drawn: usize,
        same: bool,
    },
    Wrong,
    Unparsable,
    OutOfSteps,
}

/// Lets a model write the programs of some texts and executes them; nothing where completions are not programs.
pub(crate) fn execute(
    folder: &Path,
    device: &Device,
    data: &Dataset,
    texts: &Texts,
    watch: &dyn Watch,
) -> Result<Option<Executed>, Error> {
    let corpus = data.karel().ok();
    let Some(corpus) = corpus.filter(|corpus| corpus.mode == Mode::Synthesis) else {
        return Ok(None);
    };
    let vocabulary = data.vocabulary()?;
    let generator = Generator::read(folder, device)?;
    let progress = Progress::start(watch, "execute", "texts", texts.len() as u64);
    let all: Vec<usize> = (0..texts.len()).collect();
    let mut done = Vec::with_capacity(texts.len());
    for chosen in all.chunks(BATCH) {
        let prompts: Vec<Prompt> = chosen
            .iter()
            .map(|text| prompt(texts, *text, corpus))
            .collect();
        for (text, written) in chosen.iter().zip(generator.generate(&prompts)?) {
            done.push(judge(corpus, &vocabulary, texts, *text, &written.ids)?);
        }
        progress.advance(chosen.len() as u64);
    }
    progress.finish(&counted(done.len() as u64, "program"));
    Ok(Some(summed(&done, texts)))
}

fn prompt(texts: &Texts, text: usize, corpus: &Corpus) -> Prompt {
    Prompt {
        ids: texts.words(text)[..texts.prompt(text)].to_vec(),
        // No drawn program is longer than the longest text.
        max_tokens: corpus.longest,
        sampling: Sampling {
            temperature: 0.0,
            top_p: 1.0,
            seed: 0,
        },
        stops: Vec::new(),
    }
}

/// The words of some ids.
fn words<'v>(vocabulary: &'v Vocabulary, ids: &[u32]) -> Vec<&'v str> {
    let words = ids.iter().filter_map(|id| vocabulary.word(*id));
    words
        .filter(|word| !word.starts_with('<') || !word.ends_with('>'))
        .collect()
}

fn judge(
    corpus: &Corpus,
    vocabulary: &Vocabulary,
    texts: &Texts,
    text: usize,
    written: &[u32],
) -> Result<Done, Error> {
    let (prompt, completion) = texts.words(text).split_at(texts.prompt(text));
    let (starts, ends) =
        examples(corpus, &words(vocabulary, &prompt[1..])).ok_or(Error::NoScene)?;
    let read = |ids: &[u32]| parse_body(&words(vocabulary, ids).join(" ")).ok();
    let drawn = read(completion).ok_or(Error::NoScene)?;
    let Some(program) = read(written) else {
        return Ok(Done::Unparsable);
    };
    Ok(match outcome(corpus, &program, starts) {
        None => Done::OutOfSteps,
        Some(found) if found == ends => Done::Right {
            written: program.statements(),
            drawn: drawn.statements(),
            same: program == drawn,
        },
        Some(_) => Done::Wrong,
    })
}

/// The start worlds of a prompt, and the words of the final ones.
fn examples(corpus: &Corpus, words: &[&str]) -> Option<(Vec<World>, Vec<String>)> {
    let columns = usize::from(corpus.settings.columns);
    let (mut starts, mut ends) = (Vec::new(), Vec::new());
    for example in words.split(|word| *word == "|") {
        let arrow = example.iter().position(|word| *word == "->")?;
        let rows: Vec<String> = example[..arrow]
            .chunks(columns)
            .map(|row| row.join(" "))
            .collect();
        starts.push(World::parse(&rows).ok()?);
        ends.push(example[arrow + 1..].join(" "));
    }
    Some((starts, ends))
}

/// The words of the final worlds; none if the program is not over in time.
fn outcome(corpus: &Corpus, program: &Program, worlds: Vec<World>) -> Option<Vec<String>> {
    let drawn = Drawn {
        program: program.clone(),
        worlds,
    };
    let semantics = Semantics::from(corpus.semantics.first()?);
    let text = write(
        &drawn,
        &semantics,
        &corpus.settings,
        Mode::Interp,
        corpus.end,
        corpus.max_steps,
    );
    let completion = text.ok()?.completion;
    let ends = completion.split(|word| word == "|");
    Some(ends.map(|words| words.join(" ")).collect())
}

fn summed(done: &[Done], texts: &Texts) -> Executed {
    let count = |of: fn(&Done) -> bool| done.iter().filter(|one| of(one)).count();
    let right = |one: &Done| matches!(one, Done::Right { .. });
    let programs = (0..texts.len()).map(|text| {
        let words = &texts.words(text)[texts.prompt(text)..];
        words
            .iter()
            .map(u32::to_string)
            .collect::<Vec<_>>()
            .join(" ")
    });
    let programs: Vec<String> = programs.collect();
    let clusters: Vec<&str> = programs.iter().map(String::as_str).collect();
    let values: Vec<f64> = done
        .iter()
        .map(|one| f64::from(u8::from(right(one))))
        .collect();
    let found = interval(&values, &clusters);
    let (mut written, mut drawn) = (0, 0);
    for one in done {
        if let Done::Right {
            written: own,
            drawn: other,
            ..
        } = one
        {
            written += own;
            drawn += other;
        }
    }
    Executed {
        right: count(right),
        right_otherwise: count(|one| matches!(one, Done::Right { same: false, .. })),
        wrong: count(|one| matches!(one, Done::Wrong)),
        unparsable: count(|one| matches!(one, Done::Unparsable)),
        out_of_steps: count(|one| matches!(one, Done::OutOfSteps)),
        texts: done.len(),
        share: count(right) as f64 / done.len().max(1) as f64,
        interval: [found.low, found.high],
        length_ratio: (drawn > 0).then(|| written as f64 / drawn as f64),
    }
}
