//! Numbers about a sample that a selection can ask for.

use tracestone_record::{AnswerType, Facts, InputKind, Sample, SampleKind};

use crate::difficulty::{self, FEATURES, Model};
use crate::tokens;

/// A number about a sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fact {
    /// Line events of the run.
    Steps,
    /// Distinct lines that ran.
    Lines,
    /// The largest number of frames active at once.
    Depth,
    /// Branch statements that ran, counted per execution.
    Branches,
    /// Loops that ran.
    Loops,
    /// The deepest nesting of loops that ran.
    LoopDepth,
    /// Calls of the program's functions.
    Calls,
    /// The size of the largest value in the trace, in bytes of text.
    ValueBytes,
    /// The size of the answer in bytes.
    AnswerBytes,
    /// Lines of the program.
    ProgramLines,
    /// 1 if the answer's text occurs in the program, setup or call, else 0.
    AnswerInPrompt,
    /// For `input`: 1 if other arguments are known to be right, else 0.
    ManyInputs,
    /// Number of the asked execution of a line (`state`, `next_line`).
    Occurrence,
    /// Earlier steps that the answer depends on, by a dynamic slice.
    SliceSteps,
    /// The largest number of values that one step of the slice brings together.
    SliceWidth,
    /// Tokens of the prompt.
    PromptTokens,
    /// Tokens of the prompt that are not program, setup or call.
    FrameTokens,
    /// Difficulty, from 0 to 100.
    Difficulty,
}

/// Number of facts.
pub const FACTS: usize = Fact::ALL.len();

impl Fact {
    /// All facts, in the order of [`Narrow::facts`].
    pub const ALL: [Self; 18] = [
        Self::Steps,
        Self::Lines,
        Self::Depth,
        Self::Branches,
        Self::Loops,
        Self::LoopDepth,
        Self::Calls,
        Self::ValueBytes,
        Self::AnswerBytes,
        Self::ProgramLines,
        Self::AnswerInPrompt,
        Self::ManyInputs,
        Self::Occurrence,
        Self::SliceSteps,
        Self::SliceWidth,
        Self::PromptTokens,
        Self::FrameTokens,
        Self::Difficulty,
    ];

    /// Name in settings and as a column.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Steps => "steps",
            Self::Lines => "lines",
            Self::Depth => "depth",
            Self::Branches => "branches",
            Self::Loops => "loops",
            Self::LoopDepth => "loop_depth",
            Self::Calls => "calls",
            Self::ValueBytes => "value_bytes",
            Self::AnswerBytes => "answer_bytes",
            Self::ProgramLines => "program_lines",
            Self::AnswerInPrompt => "answer_in_prompt",
            Self::ManyInputs => "many_inputs",
            Self::Occurrence => "occurrence",
            Self::SliceSteps => "slice_steps",
            Self::SliceWidth => "slice_width",
            Self::PromptTokens => "prompt_tokens",
            Self::FrameTokens => "frame_tokens",
            Self::Difficulty => "difficulty",
        }
    }

    /// The fact with this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|fact| fact.name() == name)
    }
}

/// A property of a question that makes it less telling when too many have it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Sign {
    /// `facts.trivial` has an entry.
    Trivial,
    /// The answer is 0, 1, None, a bool, or an empty value.
    Plain,
    /// The answer to `next_line` is the following line of code.
    Following,
    /// The run has at most five steps.
    Short,
    /// The question is about the first execution of a line (`state`, `next_line`).
    First,
}

/// Steps of a run that counts as short.
pub(crate) const SHORT_STEPS: u32 = 5;

impl Sign {
    /// All signs, in the order of their columns.
    pub const ALL: [Self; 5] = [
        Self::Trivial,
        Self::Plain,
        Self::Following,
        Self::Short,
        Self::First,
    ];

    /// Name in settings.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Trivial => "trivial",
            Self::Plain => "plain",
            Self::Following => "following",
            Self::Short => "short",
            Self::First => "first",
        }
    }

    /// Description of the samples with this sign, for cards and summaries.
    #[must_use]
    pub const fn description(self) -> &'static str {
        match self {
            Self::Trivial => "trivial questions",
            Self::Plain => "answers that are 0, 1, None, a bool or empty",
            Self::Following => "`next_line` answers that are the following line of code",
            Self::Short => "runs of five steps or fewer",
            Self::First => "questions about the first time a line runs",
        }
    }

    fn bit(self) -> u8 {
        1 << self as u8
    }
}

/// The signs of one sample.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Signs(u8);

impl Signs {
    /// The set with one more sign if `holds`.
    #[must_use]
    pub fn with(self, sign: Sign, holds: bool) -> Self {
        Self(self.0 | if holds { sign.bit() } else { 0 })
    }

    /// True if the sign is in the set.
    #[must_use]
    pub fn has(self, sign: Sign) -> bool {
        self.0 & sign.bit() != 0
    }
}

/// All of a sample that selections and statistics look at, a few dozen bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Narrow {
    /// Origin of the call; `None` for `annotated`.
    pub origin: Option<InputKind>,
    /// Signs of the question.
    pub signs: Signs,
    /// A hash of the answer's text.
    pub answer: u64,
    facts: [Option<u32>; FACTS],
}

impl Narrow {
    /// A row of a table that keeps these values.
    #[must_use]
    pub fn new(
        origin: Option<InputKind>,
        signs: Signs,
        answer: u64,
        facts: [Option<u32>; FACTS],
    ) -> Self {
        Self {
            origin,
            signs,
            answer,
            facts,
        }
    }

    /// The numbers of a sample.
    #[must_use]
    pub fn of(sample: &Sample) -> Self {
        let run = &sample.facts;
        let (prompt, frame) = tokens::of_prompt(sample);
        let fact = |fact| match fact {
            Fact::Occurrence => sample.question.occurrence,
            Fact::PromptTokens => Some(prompt),
            Fact::FrameTokens => Some(frame),
            fact => of_run(fact, sample.kind, run),
        };
        let mut narrow = Self {
            origin: sample.input_origin.as_ref().map(|origin| origin.kind),
            signs: signs(sample, run),
            answer: answer_key(&sample.answer),
            facts: Fact::ALL.map(fact),
        };
        // What the sample says, or what follows from its facts.
        narrow.facts[Fact::Difficulty as usize] = run
            .difficulty
            .or_else(|| difficulty::of(&Model::default(), sample.kind, run));
        narrow
    }

    /// The features of its difficulty.
    #[must_use]
    pub fn features(&self) -> [f64; FEATURES] {
        difficulty::features(|fact| self.fact(fact), self.signs.has(Sign::Trivial))
    }

    /// Replaces the difficulty by that of another model.
    pub fn set_difficulty(&mut self, model: &Model, kind: SampleKind) {
        if kind.is_executed() {
            let difficulty = model.difficulty(kind, &self.features());
            self.facts[Fact::Difficulty as usize] = Some(difficulty);
        }
    }

    /// A fact of the sample; `None` if its kind of question has no such number.
    #[must_use]
    pub fn fact(&self, fact: Fact) -> Option<u32> {
        self.facts[fact as usize]
    }

    /// The facts, in the order of [`Fact::ALL`].
    #[must_use]
    pub fn facts(&self) -> &[Option<u32>; FACTS] {
        &self.facts
    }
}

/// A fact that the record's own facts give.
fn of_run(fact: Fact, kind: SampleKind, run: &Facts) -> Option<u32> {
    let executed = |number: u32| kind.is_executed().then_some(number);
    match fact {
        Fact::Steps => executed(run.steps),
        Fact::Lines => executed(run.lines),
        Fact::Depth => executed(run.depth),
        Fact::Branches => executed(run.branches),
        Fact::Loops => executed(run.loops),
        Fact::LoopDepth => executed(run.loop_depth),
        Fact::Calls => executed(run.calls),
        Fact::ValueBytes => executed(run.value_bytes),
        Fact::AnswerBytes => Some(run.answer_bytes),
        Fact::ProgramLines => Some(run.program_lines),
        Fact::AnswerInPrompt => Some(u32::from(run.answer_in_prompt)),
        Fact::ManyInputs => run.many_inputs.map(u32::from),
        Fact::SliceSteps => run.slice_steps,
        Fact::SliceWidth => run.slice_width,
        Fact::Occurrence | Fact::PromptTokens | Fact::FrameTokens | Fact::Difficulty => None,
    }
}

/// The features of a question from the record's facts.
#[must_use]
pub(crate) fn features_of(kind: SampleKind, run: &Facts) -> [f64; difficulty::FEATURES] {
    difficulty::features(|fact| of_run(fact, kind, run), !run.trivial.is_empty())
}

fn signs(sample: &Sample, run: &Facts) -> Signs {
    Signs::default()
        .with(Sign::Trivial, !run.trivial.is_empty())
        .with(Sign::Plain, is_plain(sample))
        .with(Sign::Following, is_following(sample))
        .with(
            Sign::Short,
            sample.kind.is_executed() && run.steps <= SHORT_STEPS,
        )
        .with(Sign::First, sample.question.occurrence == Some(1))
}

/// True for a value that a guess without reading the program often hits.
fn is_plain(sample: &Sample) -> bool {
    let plain = [
        "0",
        "1",
        "0.0",
        "1.0",
        "None",
        "True",
        "False",
        "''",
        "\"\"",
        "b''",
        "[]",
        "()",
        "{}",
        "set()",
        "frozenset()",
    ];
    sample.answer_type == AnswerType::Literal && plain.contains(&sample.answer.as_str())
}

/// True if the next line is the following line of code.
fn is_following(sample: &Sample) -> bool {
    if sample.kind != SampleKind::NextLine {
        return false;
    }
    let (Some(line), Ok(answer)) = (sample.question.line, sample.answer.parse::<usize>()) else {
        return false;
    };
    // Line N is at index N - 1, so that the search starts below it.
    let mut below = sample.program.lines().enumerate().skip(line.index() + 1);
    let next = below.find(|(_, text)| {
        let text = text.trim();
        !text.is_empty() && !text.starts_with('#')
    });
    next.is_some_and(|(index, _)| index + 1 == answer)
}

/// A hash of an answer's text.
#[must_use]
pub(crate) fn answer_key(answer: &str) -> u64 {
    let hash = blake3::hash(answer.as_bytes());
    let mut first = [0; 8];
    first.copy_from_slice(&hash.as_bytes()[..8]);
    u64::from_le_bytes(first)
}
