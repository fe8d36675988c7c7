//! Prompts of samples in a style.

use tracestone_record::{Line, Literal, LiteralLimits, Sample, SampleKind, VALUE_BYTES, words};

use crate::STANDARD;
use crate::style::{Ask, Definition, Frame, Section, Style, builtin};
use crate::template::{Part, Slot, Template};
use crate::tokens::tokens;

/// A sample's prompt in a style.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prompt {
    /// Definitions that come before the prompt, the same for all samples of a kind.
    pub system: Option<String>,
    /// The question as a person or a model reads it.
    pub text: String,
    /// Tokens of `text` that belong to the style and not to the question.
    pub boilerplate: u64,
    /// Tokens of `text`.
    pub tokens: u64,
}

/// Reasons that a sample keeps its prompt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unrendered {
    /// Styles are about Python.
    #[error("prompt styles: not Python")]
    NotPython,
    /// Its prompt is already in a style.
    #[error("prompt styles: already in another style")]
    Styled,
    /// Its prompt has not the parts of a standard prompt.
    #[error("prompt styles: not a standard prompt")]
    Foreign,
}

impl Style {
    /// Writes a sample's prompt in this style.
    ///
    /// # Errors
    /// The sample's own prompt is not of the standard style, from which the others are made.
    pub fn render(&self, sample: &Sample) -> Result<Prompt, Unrendered> {
        let asked = Asked::of(sample)?;
        let mut writing = Writing {
            style: self,
            asked: &asked,
            ticks: asked.ticks(),
            pieces: Vec::new(),
        };
        writing.prompt();
        let pieces = match self.frame {
            Frame::Sections => writing.pieces,
            Frame::Comments => commented(writing.pieces, &asked, &writing.ticks),
        };
        let own = pieces.iter().filter(|piece| piece.of_style);
        Ok(Prompt {
            system: self
                .system
                .get(&asked.ask)
                .map(|text| self.all(&asked, text)),
            boilerplate: own.map(|piece| tokens(&piece.text)).sum(),
            tokens: pieces.iter().map(|piece| tokens(&piece.text)).sum(),
            text: pieces.into_iter().map(|piece| piece.text).collect(),
        })
    }

    fn all(&self, asked: &Asked<'_>, template: &Template) -> String {
        let mut writing = Writing {
            style: self,
            asked,
            ticks: asked.ticks(),
            pieces: Vec::new(),
        };
        writing.template(template);
        writing.pieces.into_iter().map(|piece| piece.text).collect()
    }
}

/// A question with what its standard prompt says about it.
struct Asked<'a> {
    sample: &'a Sample,
    ask: Ask,
    /// The program as the prompt shows it.
    shown: &'a str,
    /// Conditional definitions that the prompt states.
    frames: bool,
    inlined: bool,
    pauses: bool,
    sets: bool,
}

impl<'a> Asked<'a> {
    fn of(sample: &'a Sample) -> Result<Self, Unrendered> {
        if !sample.language.is_python() {
            return Err(Unrendered::NotPython);
        }
        if sample
            .prompt_style
            .as_deref()
            .is_some_and(|style| style != STANDARD)
        {
            return Err(Unrendered::Styled);
        }
        let standard = builtin(STANDARD).ok_or(Unrendered::Foreign)?;
        let says = |definition| {
            let template = standard.definitions.get(&definition);
            template.is_some_and(|template| sample.prompt.contains(&template.words()))
        };
        Ok(Self {
            sample,
            ask: Ask::of(sample),
            shown: match sample.kind {
                SampleKind::Annotated => first_block(&sample.prompt).ok_or(Unrendered::Foreign)?,
                _ => &sample.program,
            },
            frames: says(Definition::Frames),
            inlined: says(Definition::Inlined),
            pauses: says(Definition::AfterPauses),
            sets: sample.kind == SampleKind::Output && has_order(&sample.answer),
        })
    }

    fn line(&self) -> Line {
        self.sample.question.line.unwrap_or(Line(1))
    }

    fn line_text(&self) -> &'a str {
        let text = self.shown.lines().nth(self.line().index());
        text.unwrap_or_default().trim()
    }

    fn output(&self) -> &'a str {
        self.sample.question.output.as_deref().unwrap_or_default()
    }

    /// Backticks that nothing in the question ends.
    fn ticks(&self) -> String {
        let sample = self.sample;
        let texts = [self.shown, &sample.setup, &sample.call, self.output()];
        ticks(&texts)
    }

    /// The line of the mark in the program that is shown: the first that is not the program's.
    fn mark(&self) -> u32 {
        let pairs = self.shown.lines().zip(self.sample.program.lines());
        let same = pairs.take_while(|(shown, own)| shown == own).count();
        Line::from_index(same).0
    }

    /// The lines that a comment explains, as the prompt counts them.
    fn explained(&self) -> (u32, u32) {
        let question = &self.sample.question;
        let first = question.line.unwrap_or(Line(1)).0;
        let last = question.last_line.map_or(first, |line| line.0);
        // Lines below a comment of several lines move up in what is shown.
        let removed = match first > self.mark() {
            true => self.sample.program.lines().count() - self.shown.lines().count(),
            false => 0,
        };
        let removed = u32::try_from(removed).unwrap_or(0);
        (first.saturating_sub(removed), last.saturating_sub(removed))
    }

    /// The line of the `def` or `class` of the annotated definition, which decorators precede.
    fn header(&self) -> u32 {
        let name = self
            .sample
            .question
            .definition
            .as_deref()
            .unwrap_or_default();
        let name = name.rsplit('.').next().unwrap_or(name);
        let from = self.line();
        let is_header = |line: &str| {
            let rest = ["def ", "async def ", "class "]
                .iter()
                .find_map(|start| line.trim_start().strip_prefix(start));
            rest.and_then(|rest| rest.trim_start().strip_prefix(name))
                .is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_'))
        };
        let below = self.shown.lines().enumerate().skip(from.index());
        let found = below
            .filter(|(_, line)| is_header(line))
            .map(|(index, _)| index)
            .next();
        found.map_or(from.0, |index| Line::from_index(index).0)
    }
}

/// True if a value contains a set with more than one element.
fn has_order(answer: &str) -> bool {
    fn has(value: &Literal) -> bool {
        match value {
            Literal::Set(elements) => elements.len() > 1 || elements.iter().any(has),
            Literal::List(elements) | Literal::Tuple(elements) => elements.iter().any(has),
            Literal::Dict(pairs) => pairs.iter().any(|(key, value)| has(key) || has(value)),
            _ => false,
        }
    }
    Literal::parse(answer, LiteralLimits::default()).is_ok_and(|value| has(&value))
}

/// The first fenced block of a prompt.
fn first_block(prompt: &str) -> Option<&str> {
    let start = prompt.find("```")?;
    let (head, rest) = prompt[start..].split_once('\n')?;
    let fence = head.strip_suffix("python")?;
    let end = format!("\n{fence}\n");
    let at = rest.find(&end)?;
    Some(&rest[..=at])
}

fn ticks(texts: &[&str]) -> String {
    let mut ticks = String::from("```");
    while texts.iter().any(|text| text.contains(&ticks)) {
        ticks.push('`');
    }
    ticks
}

/// A piece of a prompt.
struct Piece {
    text: String,
    /// True if it is a style's, false if it is the question's.
    of_style: bool,
}

struct Writing<'a> {
    style: &'a Style,
    asked: &'a Asked<'a>,
    ticks: String,
    pieces: Vec<Piece>,
}

impl Writing<'_> {
    fn words(&mut self, text: &str) {
        self.push(text, true);
    }

    fn content(&mut self, text: &str) {
        self.push(text, false);
    }

    fn push(&mut self, text: &str, of_style: bool) {
        match self.pieces.last_mut() {
            Some(last) if last.of_style == of_style => last.text.push_str(text),
            _ if text.is_empty() => {}
            _ => self.pieces.push(Piece {
                text: text.to_owned(),
                of_style,
            }),
        }
    }

    fn prompt(&mut self) {
        let sample = self.asked.sample;
        let in_package = sample.package.is_some();
        let either = |plain, package| if in_package { package } else { plain };
        self.section(either(Section::Program, Section::ProgramPackage));
        let is_call = !sample.kind.asks_for_arguments() && sample.kind != SampleKind::Annotated;
        if is_call && !sample.setup.is_empty() {
            self.section(either(Section::Setup, Section::SetupPackage));
        }
        if is_call {
            self.section(either(Section::Call, Section::CallPackage));
        }
        if let Some(ask) = self.style.ask.get(&self.asked.ask) {
            self.template(ask);
        }
    }

    fn section(&mut self, section: Section) {
        if let Some(template) = self.style.layout.get(&section) {
            self.template(template);
        }
    }

    fn template(&mut self, template: &Template) {
        for part in &template.parts {
            match part {
                Part::Words(text) => self.words(text),
                Part::Slot(Slot::Definition(definition)) => self.definition(*definition),
                Part::Slot(slot) => self.slot(*slot),
            }
        }
    }

    /// A definition, in the form that the question needs.
    fn definition(&mut self, definition: Definition) {
        let asked = self.asked;
        // A system text is the same for all questions of a kind, so that it has all forms.
        let in_system = self.style.system.contains_key(&asked.ask);
        let quotable = !asked.line_text().is_empty() && !asked.line_text().contains('`');
        let chosen = match definition {
            Definition::After if asked.pauses || in_system => Definition::AfterPauses,
            Definition::Sets if !asked.sets && !in_system => return,
            Definition::Place if !quotable => Definition::PlaceBare,
            Definition::Explained if asked.explained().0 == asked.explained().1 => {
                Definition::ExplainedLine
            }
            Definition::Revision if asked.sample.provenance.commit.is_none() => return,
            other => other,
        };
        let style = self.style;
        let Some(template) = style.definitions.get(&chosen) else {
            return;
        };
        self.template(template);
        if definition == Definition::Lines {
            for (wanted, more) in [
                (asked.frames || in_system, Definition::Frames),
                (asked.inlined || in_system, Definition::Inlined),
            ] {
                if let Some(template) = style.definitions.get(&more).filter(|_| wanted) {
                    self.template(template);
                }
            }
        }
    }

    fn slot(&mut self, slot: Slot) {
        let asked = self.asked;
        let sample = asked.sample;
        let question = &sample.question;
        match slot {
            Slot::Program => self.fence(asked.shown),
            Slot::ProgramNumbered => self.numbered(),
            Slot::ProgramText => self.content(&lined(asked.shown)),
            Slot::Setup => self.fence(&sample.setup),
            Slot::SetupText if sample.setup.is_empty() => {}
            Slot::SetupText => self.content(&lined(&sample.setup)),
            Slot::SetupIndented => self.content(&indented(&sample.setup)),
            Slot::Call => self.fence(&sample.call),
            Slot::CallText => self.content(&sample.call),
            Slot::CallIndented => self.content(&indented(&sample.call)),
            Slot::Output => {
                // A value has one line, and its fence is followed by the template's own text.
                self.words("```python\n");
                self.content(asked.output());
                self.words("\n```");
            }
            Slot::OutputText => self.content(asked.output()),
            Slot::Python => self.content(&sample.evidence.python),
            Slot::Module => {
                let module = sample
                    .package
                    .as_ref()
                    .map(|package| package.module.as_str());
                self.content(module.unwrap_or_default());
            }
            Slot::Origin => self.content(&sample.provenance.origin),
            Slot::Commit => {
                let commit = sample.provenance.commit.as_deref();
                self.content(
                    commit
                        .and_then(|commit| commit.get(..12))
                        .unwrap_or_default(),
                );
            }
            Slot::Callee => self.content(question.callee.as_deref().unwrap_or_default()),
            Slot::Variable => self.content(question.variable.as_deref().unwrap_or_default()),
            Slot::Line => self.content(&asked.line().to_string()),
            Slot::LineText => self.content(asked.line_text()),
            Slot::Occurrence => self.content(&question.occurrence.unwrap_or(1).to_string()),
            Slot::Ordinal => self.content(&words::ordinal(question.occurrence.unwrap_or(1))),
            Slot::Name => self.content(question.definition.as_deref().unwrap_or_default()),
            Slot::Header => self.content(&asked.header().to_string()),
            Slot::Mark => self.content(&asked.mark().to_string()),
            Slot::First => self.content(&asked.explained().0.to_string()),
            Slot::Last => self.content(&asked.explained().1.to_string()),
            Slot::Ticks => {
                let ticks = self.ticks.clone();
                self.words(&ticks);
            }
            Slot::ValueBytes => self.words(&VALUE_BYTES.to_string()),
            Slot::Definition(definition) => self.definition(definition),
        }
    }

    /// A block of code that its content cannot end.
    fn fence(&mut self, code: &str) {
        let ticks = ticks(&[code]);
        self.words(&format!("{ticks}python\n"));
        self.content(&lined(code));
        self.words(&format!("{ticks}\n"));
    }

    fn numbered(&mut self) {
        let shown = self.asked.shown;
        let width = shown.lines().count().to_string().len();
        let ticks = ticks(&[shown]);
        self.words(&format!("{ticks}text\n"));
        for (index, line) in shown.lines().enumerate() {
            self.words(&format!("{:>width$} | ", index + 1));
            self.content(line);
            self.content("\n");
        }
        self.words(&format!("{ticks}\n"));
    }
}

/// The text with a line end.
fn lined(text: &str) -> String {
    let end = if text.ends_with('\n') { "" } else { "\n" };
    format!("{text}{end}")
}

fn indented(text: &str) -> String {
    text.lines().map(|line| format!("    {line}\n")).collect()
}

/// One block of code: the program, and the rest of the prompt as comments below it.
fn commented(pieces: Vec<Piece>, asked: &Asked<'_>, ticks: &str) -> Vec<Piece> {
    let piece = |text: String, of_style| Piece { text, of_style };
    let mut block = vec![
        piece(format!("{ticks}python\n"), true),
        piece(lined(asked.shown), false),
        piece("\n".to_owned(), true),
    ];
    let mut starts_line = true;
    for own in pieces {
        for line in own.text.split_inclusive('\n') {
            if starts_line {
                let prefix = if line == "\n" { "#" } else { "# " };
                block.push(piece(prefix.to_owned(), true));
            }
            block.push(piece(line.to_owned(), own.of_style));
            starts_line = line.ends_with('\n');
        }
    }
    let end = if starts_line { "" } else { "\n" };
    block.push(piece(format!("{end}{ticks}\n"), true));
    block
}
