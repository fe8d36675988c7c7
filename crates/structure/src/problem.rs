//! Questions: made from a seed or a user's file, each with its right answer and what judges it.

mod pocket;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tracestone_stats::Draw;

use crate::build::{Hand, Part};
use crate::change::{draw_for, motion};
use crate::check::{Atoms, Expected, Report, check, unread};
use crate::contacts::Truth;
use crate::helix::Family;
use crate::mutation::Vanishing;
use crate::read::{Rule, read};
use crate::residue::AminoAcid;
use crate::torsions::{Build, Measuring};
use crate::write::{Format, pdb};

pub use pocket::{Book, File, FileError, Pocket};

/// A problem, which decides about answers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Problem {
    /// Coordinates of a residue or helix.
    Model {
        /// Requirements on the coordinates.
        expected: Expected,
        /// The form that was asked for.
        format: Format,
    },
    /// Coordinates from torsions.
    Build(Build),
    /// Torsions from coordinates.
    Measuring(Measuring),
    /// Contacts of a ligand.
    Contacts(Truth),
    /// Contacts that vanish.
    Vanishing(Vanishing),
}

/// A question with its right answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    /// Its name, unique in its task.
    pub id: String,
    /// Kind of the question, by which scores are sliced.
    pub kind: &'static str,
    /// Fields for templates.
    pub fields: BTreeMap<String, Value>,
    /// The right answer.
    pub answer: String,
    /// The part of the question that a model may copy.
    pub input: String,
    /// Facts by which scores are sliced.
    pub facts: BTreeMap<String, Value>,
    /// Questions with one cluster are not independent.
    pub cluster: String,
    /// The problem that decides about its answers.
    pub problem: Problem,
}

/// A verdict: the checks, and how the answer was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Judged {
    /// Results of all checks.
    pub report: Report,
    /// The way in which coordinates were read; `None` where there are none, and for lists.
    pub rule: Option<Rule>,
    /// The coordinates that were found.
    pub model: Option<crate::model::Model>,
    /// The list that was found, its entries in alphabetical order; `None` where there is none, and for coordinates.
    pub list: Option<String>,
}

impl Problem {
    /// Decides about a response.
    #[must_use]
    pub fn judge(&self, text: &str) -> Judged {
        let list = |report| Judged {
            report,
            rule: None,
            model: None,
            list: listed(text),
        };
        match self {
            Self::Model { expected, .. } => coordinates(text, |model| check(model, expected)),
            Self::Build(build) => coordinates(text, |model| build.check(model)),
            Self::Measuring(measuring) => list(measuring.check(text)),
            Self::Contacts(truth) => list(truth.check(text)),
            Self::Vanishing(vanishing) => list(vanishing.check(text)),
        }
    }

    /// The coordinates that a right answer has, where it has some.
    #[must_use]
    pub fn reference(&self) -> Option<crate::model::Model> {
        match self {
            Self::Model { expected, .. } => Some(expected.reference()),
            Self::Build(build) => Some(build.reference()),
            _ => None,
        }
    }

    /// The form that coordinates are asked for in.
    #[must_use]
    pub fn format(&self) -> Format {
        match self {
            Self::Model { format, .. } => *format,
            _ => Format::Pdb,
        }
    }

    /// Requirements on coordinates, where the answer is coordinates.
    #[must_use]
    pub fn expected(&self) -> Option<Expected> {
        match self {
            Self::Model { expected, .. } => Some(expected.clone()),
            Self::Build(build) => Some(build.expected()),
            _ => None,
        }
    }
}

/// The list of an answer, whatever the order and the form of its entries.
fn listed(text: &str) -> Option<String> {
    let (list, _) = crate::read::list(text)?;
    let mut entries: Vec<String> = list.iter().map(Value::to_string).collect();
    entries.sort_unstable();
    Some(entries.join(", "))
}

fn coordinates(text: &str, decide: impl Fn(&crate::model::Model) -> Report) -> Judged {
    let Some(reading) = read(text) else {
        return Judged {
            report: unread(decide(&crate::model::Model::default())),
            rule: None,
            model: None,
            list: None,
        };
    };
    let mut report = decide(&reading.model);
    if reading.unread > 0 {
        report
            .numbers
            .insert("unread_lines".to_owned(), reading.unread as f64);
    }
    Judged {
        report,
        rule: Some(reading.rule),
        model: Some(reading.model),
        list: None,
    }
}

/// The forms that answers are asked in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Forms {
    /// Each question in PDB.
    #[default]
    Pdb,
    /// Each question in JSON.
    Json,
    /// Each question in both.
    Both,
}

impl Forms {
    fn all(self) -> &'static [Format] {
        match self {
            Self::Pdb => &[Format::Pdb],
            Self::Json => &[Format::Json],
            Self::Both => &[Format::Pdb, Format::Json],
        }
    }
}

/// The residues that a helix is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Sequence {
    /// Nothing but alanine.
    #[default]
    Alanine,
    /// Residues that helices often have, at random.
    Mixed,
}

/// The questions to make, as a task's settings say.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Make {
    /// Questions about single residues.
    Residue {
        /// The forms of answers.
        format: Forms,
        /// Chirality of the residues.
        hand: Hand,
    },
    /// Questions about helices.
    Helix {
        /// Seed of the random choices.
        seed: u64,
        /// The number of helices.
        count: usize,
        /// The least number of residues.
        least: usize,
        /// The largest number of residues.
        most: usize,
        /// The forms of answers.
        format: Forms,
        /// The atoms that are asked for.
        atoms: Atoms,
        /// Choice of the residues.
        sequence: Sequence,
        /// Rounds of feedback, with which the same questions are asked.
        #[serde(default)]
        rounds: Option<usize>,
    },
    /// Chains from torsions, and torsions of chains.
    Torsion {
        /// Seed of the random choices.
        seed: u64,
        /// The number of questions, half of each direction.
        count: usize,
    },
}

impl Make {
    /// The questions.
    ///
    /// # Errors
    /// The settings do not fit; the message says how.
    pub fn questions(&self) -> Result<Vec<Question>, String> {
        match self {
            Self::Residue { format, hand } => Ok(residues(*format, *hand)),
            Self::Helix {
                seed,
                count,
                least,
                most,
                format,
                atoms,
                sequence,
                rounds: _,
            } => {
                if *least < 4 || most < least || *most > 200 {
                    return Err(format!(
                        "helices have 4 to 200 residues, not {least} to {most}"
                    ));
                }
                let mut draw = draw_for(*seed, "helix");
                let one = |number| helix(number, (*least, *most), (*atoms, *sequence), &mut draw);
                let expected: Vec<_> = (0..*count).map(one).collect();
                let all = expected.iter().enumerate();
                let forms = format.all();
                Ok(all
                    .flat_map(|(n, one)| forms.iter().map(move |form| asked_helix(n, one, *form)))
                    .collect())
            }
            Self::Torsion { seed, count } => Ok(torsions(*seed, *count)),
        }
    }
}

fn hand_words(hand: Hand) -> &'static str {
    match hand {
        Hand::L => "L",
        Hand::D => "D",
    }
}

/// Names of atoms by residue: `1 ALA: N, CA, C, O, CB`.
fn atom_list(expected: &Expected) -> Vec<String> {
    let sequence = expected.sequence.iter().enumerate();
    sequence
        .map(|(at, one)| {
            let names: Vec<_> = expected.atoms.names(*one).collect();
            format!(
                "{} {}: {}",
                at + 1,
                one.residue_name(expected.hand),
                names.join(", ")
            )
        })
        .collect()
}

fn fields<const COUNT: usize>(list: [(&str, Value); COUNT]) -> BTreeMap<String, Value> {
    list.into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

fn residues(forms: Forms, hand: Hand) -> Vec<Question> {
    let mut all = Vec::new();
    for amino_acid in AminoAcid::all() {
        for format in forms.all() {
            let ideal = amino_acid.ideal();
            let expected = Expected::residue(amino_acid, hand);
            let code = amino_acid.residue_name(hand);
            all.push(Question {
                id: format!("residue-{}-{}", code.to_lowercase(), format.name()),
                kind: "residue",
                fields: fields([
                    ("amino_acid", ideal.name.into()),
                    ("code", code.into()),
                    ("hand", hand_words(hand).into()),
                    ("atoms", ideal.atoms.join(", ").into()),
                    ("count", ideal.atoms.len().into()),
                    ("format", format.name().into()),
                ]),
                answer: format.answer(&expected.reference()),
                input: String::new(),
                facts: fields([
                    ("residue", code.into()),
                    ("format", format.name().into()),
                    ("hand", hand_words(hand).into()),
                    ("atoms", ideal.atoms.len().into()),
                ]),
                cluster: format!("residue {code}"),
                problem: Problem::Model {
                    expected,
                    format: *format,
                },
            });
        }
    }
    all
}

/// Residues of mixed helices: without proline, which breaks them, and without those whose rings are large.
const HELICAL: &str = "AELKMQRSDNTVICG";

fn helix(
    number: usize,
    (least, most): (usize, usize),
    (atoms, sequence): (Atoms, Sequence),
    draw: &mut Draw,
) -> Expected {
    let length = least + draw.below(most - least + 1);
    // Every family comes a third of the time; every fourth helix is the left-handed one of D-residues.
    let family = Family::ALL[number % 3];
    let hand = if number % 4 == 3 { Hand::D } else { Hand::L };
    let letters: Vec<char> = match sequence {
        Sequence::Alanine => vec!['A'],
        Sequence::Mixed => HELICAL.chars().collect(),
    };
    let residues = (0..length).filter_map(|_| AminoAcid::from_letter(*draw.one(&letters)?));
    Expected {
        sequence: residues.collect(),
        hand,
        atoms,
        helix: Some(family),
    }
}

fn asked_helix(number: usize, expected: &Expected, format: Format) -> Question {
    let family = expected.helix.unwrap_or(Family::Alpha);
    let (phi, psi) = family.torsions();
    let shape = family.shape();
    let sign = expected.hand.sign();
    let side = if expected.hand == Hand::L {
        "right"
    } else {
        "left"
    };
    let length = expected.sequence.len();
    let names: Vec<_> = expected
        .sequence
        .iter()
        .map(|one| one.residue_name(expected.hand))
        .collect();
    let base = format!("helix-{:03}-{}-{length}", number + 1, family.name());
    Question {
        id: format!("{base}-{}", format.name()),
        kind: "helix",
        fields: fields([
            ("family", family.title().into()),
            ("handed", side.into()),
            ("hand", hand_words(expected.hand).into()),
            ("length", length.into()),
            ("sequence", names.join(" ").into()),
            ("atoms", atom_list(expected).into()),
            ("format", format.name().into()),
            ("phi", (phi * sign).into()),
            ("psi", (psi * sign).into()),
            ("rise", shape.rise.into()),
            ("turn", shape.turn.into()),
        ]),
        answer: format.answer(&expected.reference()),
        input: String::new(),
        facts: fields([
            ("family", family.name().into()),
            ("handed", side.into()),
            ("residues", length.into()),
            ("format", format.name().into()),
        ]),
        cluster: base,
        problem: Problem::Model {
            expected: expected.clone(),
            format,
        },
    }
}

/// A chain of three to six residues with torsions at random, but none of whose atoms are too near to each other.
fn random_chain(draw: &mut Draw) -> Build {
    let letters: Vec<char> = "AGSLVKED".chars().collect();
    loop {
        let length = 3 + draw.below(4);
        let mut parts = Vec::new();
        for _ in 0..length {
            let Some(amino_acid) = draw
                .one(&letters)
                .and_then(|letter| AminoAcid::from_letter(*letter))
            else {
                continue;
            };
            let phi = draw.between(-160.0, -50.0).round();
            let psi = draw.between(-70.0, 170.0).round();
            let mut part = Part::new(amino_acid, Hand::L, phi, psi);
            part.omega = draw.between(172.0, 188.0).round();
            if part.omega > 180.0 {
                part.omega -= 360.0;
            }
            parts.push(part);
        }
        let build = Build { parts };
        if build.check(&build.reference()).passes() {
            return build;
        }
    }
}

fn torsions(seed: u64, count: usize) -> Vec<Question> {
    let mut draw = draw_for(seed, "torsion");
    let mut all = Vec::new();
    for number in 0..count {
        let build = random_chain(&mut draw);
        let id = format!("torsion-{:03}", number + 1);
        all.push(if number % 2 == 0 {
            asked_build(id, build)
        } else {
            asked_torsions(id, &build, &mut draw)
        });
    }
    all
}

/// One row of a table for the prompt.
fn row(at: usize, part: &Part, last: usize) -> String {
    let number = |value: f64, shown: bool| {
        if shown {
            format!("{value:.0}")
        } else {
            "-".to_owned()
        }
    };
    format!(
        "{} {} phi {} psi {} omega {}",
        at + 1,
        part.amino_acid.ideal().code,
        number(part.phi, at > 0),
        number(part.psi, true),
        number(part.omega, at < last)
    )
}

fn asked_build(id: String, build: Build) -> Question {
    let last = build.parts.len() - 1;
    let rows = build.parts.iter().enumerate();
    let rows: Vec<_> = rows.map(|(at, part)| row(at, part, last)).collect();
    Question {
        fields: fields([
            ("direction", "build".into()),
            ("rows", rows.clone().into()),
            ("atoms", atom_list(&build.expected()).into()),
        ]),
        answer: Format::Pdb.answer(&build.reference()),
        input: rows.join("\n"),
        facts: fields([
            ("direction", "build".into()),
            ("residues", (last + 1).into()),
        ]),
        cluster: id.clone(),
        id,
        kind: "torsion",
        problem: Problem::Build(build),
    }
}

fn asked_torsions(id: String, build: &Build, draw: &mut Draw) -> Question {
    let motion = motion(draw);
    // What is shown has three decimals; the truth is that of what is shown.
    let shown = build
        .reference()
        .mapped(|point| motion.apply(point).map(|x| (x * 1000.0).round() / 1000.0));
    let measuring = Measuring::of(&shown);
    let text = pdb(&shown);
    Question {
        fields: fields([
            ("direction", "measure".into()),
            ("coordinates", text.as_str().into()),
        ]),
        answer: measuring.answer(),
        input: text,
        facts: fields([
            ("direction", "measure".into()),
            ("residues", build.parts.len().into()),
        ]),
        cluster: id.clone(),
        id,
        kind: "torsion",
        problem: Problem::Measuring(measuring),
    }
}
