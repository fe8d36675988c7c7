//! Pockets: a ligand among residues, made from a seed or cut from a user's structure.

use serde::Deserialize;
use serde_json::Value;
use tracestone_stats::Draw;

use super::{Problem, Question, fields};
use crate::build::{Hand, residue};
use crate::change::{draw_for, motion};
use crate::contacts::{CUTOFF, Contact, GIVEN, RECALLED, Truth};
use crate::geometry::Point;
use crate::model::{Atom, Model, Place};
use crate::mutation::{Vanishing, names, vanishing};
use crate::residue::AminoAcid;
use crate::user::{self, UserError};
use crate::write::pdb;

/// Distances that no atom of a made pocket has, so that rounding decides about no contact.
const MARGIN: f64 = 0.02;
/// Atoms of a structure up to this distance of the ligand belong to the pocket, with their whole residues.
const AROUND: f64 = 5.0;

/// A question about contacts: read from the coordinates, or known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Book {
    /// The coordinates are in the prompt.
    #[default]
    Open,
    /// They are not: the answer is in the memory of a model that has seen the entry.
    Closed,
}

/// The questions about pockets, as a task's settings say.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pocket {
    /// `contacts` or `mutation`.
    pub kind: String,
    /// Seed of the random choices.
    pub seed: u64,
    /// The number of questions.
    pub count: usize,
    /// The name of the ligand in the user's structure, or `chain:` and that of a chain; empty for the largest.
    #[serde(default)]
    pub ligand: Value,
    /// Open where the coordinates are shown.
    #[serde(default)]
    pub book: Book,
}

/// Error of a user's structure.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// The file is not what it should be.
    #[error(transparent)]
    File(#[from] UserError),
    /// It has no such ligand.
    #[error(
        "there is no ligand{name}; `-T ligand=NAME` names a residue, `-T ligand=chain:NAME` a chain{known}"
    )]
    NoLigand {
        /// The name that was given, after a space.
        name: String,
        /// Ligands of the structure, after words for a list.
        known: String,
    },
    /// Nothing is near the ligand.
    #[error("no atom is within {CUTOFF} Å of the ligand {0}")]
    NoContacts(String),
    /// No residue can lose atoms in contact so that some contacts stay.
    #[error(
        "no truncation of a residue near the ligand {0} ends some of the contacts and keeps others"
    )]
    NoMutation(String),
    /// The settings do not fit.
    #[error("{0}")]
    Settings(String),
}

/// A user's structure with its name and the hash of its file.
pub struct File<'a> {
    /// The file's name without its ending.
    pub name: &'a str,
    /// The text itself.
    pub text: &'a str,
    /// Hash of its content.
    pub hash: &'a str,
}

impl Pocket {
    /// The questions, of a user's structure where one is given.
    ///
    /// # Errors
    /// The file has no ligand with contacts, or the settings do not fit.
    pub fn questions(&self, file: Option<&File<'_>>) -> Result<Vec<Question>, FileError> {
        let mut draw = draw_for(self.seed, "pocket");
        let Some(file) = file else {
            if self.book == Book::Closed {
                let what =
                    "book = closed asks about a user's own structure: name its file with --data";
                return Err(FileError::Settings(what.to_owned()));
            }
            let made = (0..self.count).map(|number| {
                let is_any = self.kind == "mutation" && draw.below(4) == 0;
                loop {
                    let model = made(&mut draw);
                    let question = self.question(number, &model, None, is_any, &mut draw);
                    if let Some(question) = question {
                        break question;
                    }
                }
            });
            return Ok(made.collect());
        };
        let structure = user::read(file.text)?;
        let name = match &self.ligand {
            Value::String(name) if !name.is_empty() => Some(name.clone()),
            // A name such as 401 reads as a number.
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        };
        let missing = || FileError::NoLigand {
            name: name
                .as_ref()
                .map_or_else(String::new, |name| format!(" {name}")),
            known: match user::ligands(&structure.model).join(", ").as_str() {
                "" => String::new(),
                names => format!("; there are: {names}"),
            },
        };
        let ligand = user::ligand(&structure.model, name.as_deref()).ok_or_else(missing)?;
        let called = called(&ligand);
        if crate::contacts::contacts(&structure.model, &ligand).is_empty() {
            return Err(FileError::NoContacts(called));
        }
        if self.book == Book::Closed {
            let mut question = recalled(file, &structure.model, &ligand);
            note(&mut question, structure.left_out);
            return Ok(vec![question]);
        }
        let cut = cut(&structure.model, &ligand);
        let moved = (0..self.count).map(|number| {
            let model = moved(&cut, &mut draw);
            let is_any = self.kind == "mutation" && draw.below(4) == 0;
            let mut question = self.question(number, &model, Some(file), is_any, &mut draw)?;
            note(&mut question, structure.left_out);
            Some(question)
        });
        let moved: Option<Vec<_>> = moved.collect();
        moved.ok_or(FileError::NoMutation(called.clone()))
    }

    fn question(
        &self,
        number: usize,
        model: &Model,
        file: Option<&File<'_>>,
        is_any: bool,
        draw: &mut Draw,
    ) -> Option<Question> {
        let atoms: Vec<&Atom> = model.atoms.iter().filter(|atom| atom.hetero).collect();
        let truth = Truth::of(model, &atoms, GIVEN);
        let mut question = if self.kind == "mutation" {
            mutated(&truth.contacts, is_any, file.is_none(), draw)?
        } else {
            let text = pdb(model);
            Question {
                id: String::new(),
                kind: "contacts",
                fields: fields([
                    ("book", "open".into()),
                    ("coordinates", text.as_str().into()),
                    ("ligand", called(&atoms).into()),
                    ("cutoff", CUTOFF.into()),
                ]),
                answer: truth.answer(),
                input: text,
                facts: fields([("contacts", truth.contacts.len().into())]),
                cluster: String::new(),
                problem: Problem::Contacts(truth),
            }
        };
        question.id = format!("{}-{:03}", question.kind, number + 1);
        question.cluster = match file {
            Some(file) => file.name.to_owned(),
            None => question.id.clone(),
        };
        question.facts.insert("book".to_owned(), "open".into());
        let source = file.map_or("made", |file| file.name);
        question.facts.insert("structure".to_owned(), source.into());
        if let Some(file) = file {
            question
                .facts
                .insert("file_hash".to_owned(), file.hash.into());
        }
        Some(question)
    }
}

/// The names of a ligand's residues.
fn called(ligand: &[&Atom]) -> String {
    let residues = ligand.chunk_by(|one, next| one.place == next.place);
    let names: Vec<&str> = residues.map(|atoms| atoms[0].residue.as_str()).collect();
    names.join("-")
}

/// Says how many atoms of the file belong to other conformers and models.
fn note(question: &mut Question, left_out: usize) {
    question
        .facts
        .insert("atoms_left_out".to_owned(), left_out.into());
}

/// A question without coordinates.
fn recalled(file: &File<'_>, model: &Model, ligand: &[&Atom]) -> Question {
    let truth = Truth::of(model, ligand, RECALLED);
    let (name, place) = (called(ligand), ligand[0].place.clone());
    let is_chain = ligand.iter().any(|atom| atom.place != place);
    let place = if is_chain {
        format!("chain {}", place.chain)
    } else {
        format!("{} {}{}", place.chain, place.number, place.insertion)
    };
    let chains: std::collections::BTreeSet<_> = truth
        .contacts
        .iter()
        .map(|contact| contact.site.chain.clone())
        .collect();
    let chains: Vec<_> = chains.into_iter().collect();
    Question {
        id: format!(
            "recall-{}-{}",
            file.name.to_lowercase(),
            name.to_lowercase()
        ),
        kind: "recall",
        fields: fields([
            ("book", "closed".into()),
            ("entry", file.name.into()),
            ("ligand", name.as_str().into()),
            ("place", place.into()),
            ("chains", chains.join(", ").into()),
            ("cutoff", CUTOFF.into()),
        ]),
        answer: truth.answer(),
        input: String::new(),
        facts: fields([
            ("book", "closed".into()),
            (
                "contamination",
                "the entry may be in the training data".into(),
            ),
            ("contacts", truth.contacts.len().into()),
            ("structure", file.name.into()),
            ("file_hash", file.hash.into()),
        ]),
        cluster: file.name.to_owned(),
        problem: Problem::Contacts(truth),
    }
}

/// Residues that become others by losing atoms alone, as far as the names of the kept atoms say.
const TRUNCATIONS: [(&str, &[&str]); 19] = [
    ("ARG", &["ALA", "GLY"]),
    ("ASN", &["ALA", "GLY"]),
    ("ASP", &["ALA", "GLY"]),
    ("CYS", &["ALA", "GLY"]),
    ("GLN", &["ALA", "GLY"]),
    ("GLU", &["ALA", "GLY"]),
    ("HIS", &["ALA", "GLY"]),
    ("ILE", &["VAL", "ALA", "GLY"]),
    ("LEU", &["ALA", "GLY"]),
    ("LYS", &["ALA", "GLY"]),
    ("MET", &["ALA", "GLY"]),
    ("PHE", &["ALA", "GLY"]),
    ("PRO", &["ALA", "GLY"]),
    ("SER", &["ALA", "GLY"]),
    ("THR", &["ALA", "GLY"]),
    ("TRP", &["ALA", "GLY"]),
    ("TYR", &["PHE", "ALA", "GLY"]),
    ("VAL", &["ALA", "GLY"]),
    ("ALA", &["GLY"]),
];

/// A question about a mutation under which some of the listed contacts vanish and some stay;
/// `None` where there is none, or where another pocket can be made that has a better one. With `is_any` the residue may
/// lose all of its contacts.
fn mutated(contacts: &[Contact], is_any: bool, is_made: bool, draw: &mut Draw) -> Option<Question> {
    let mut choices = Vec::new();
    for contact in contacts {
        let others = TRUNCATIONS
            .iter()
            .find(|(from, _)| *from == contact.residue);
        for to in others.map_or(&[][..], |(_, others)| others) {
            let Some(to) = AminoAcid::from_code(to) else {
                continue;
            };
            let site = &contact.site;
            let lost = vanishing(contacts, &site.chain, &site.number, to);
            let own = contacts
                .iter()
                .filter(|other| other.site.chain == site.chain && other.site.number == site.number);
            if !lost.is_empty() && lost.len() < contacts.len() {
                choices.push((own.count() > lost.len(), contact.clone(), to, lost));
            }
        }
    }
    // Where a residue keeps some of its contacts, listing all of them is wrong: three questions of four are such, as far
    // as a user's structure has them.
    let partial: Vec<_> = choices.iter().filter(|choice| choice.0).cloned().collect();
    let from = match (is_any, partial.is_empty()) {
        (true, _) => &choices,
        (false, false) => &partial,
        (false, true) if is_made => return None,
        (false, true) => &choices,
    };
    let listed: Vec<String> = (0..contacts.len())
        .map(|at| format!("C{}", at + 1))
        .collect();
    let (_, contact, to, lost) = draw.one(from)?;
    let of = format!("{} {}", contact.residue, contact.site.number);
    let to = to.ideal().code;
    let rows: Vec<String> = contacts
        .iter()
        .zip(&listed)
        .map(|(contact, name)| {
            let site = &contact.site;
            format!(
                "{name}: {} {} atom {}, {:.2} A",
                contact.residue, site.number, site.atom, contact.distance
            )
        })
        .collect();
    let all = names(listed.iter());
    let problem = Vanishing {
        vanish: lost.iter().map(|at| listed[*at].clone()).collect(),
        listed,
    };
    Some(Question {
        id: String::new(),
        kind: "mutation",
        fields: fields([
            ("contacts", rows.into()),
            ("residue", of.as_str().into()),
            ("to", to.into()),
        ]),
        answer: problem.answer(),
        input: all,
        facts: fields([("to", to.into()), ("listed", problem.listed.len().into())]),
        cluster: String::new(),
        problem: Problem::Vanishing(problem),
    })
}

/// The ligand with the whole residues of polymers around it.
fn cut(model: &Model, ligand: &[&Atom]) -> Model {
    let mut atoms: Vec<Atom> = Vec::new();
    for residue in model.residues() {
        let near = residue.atoms.iter().any(|atom| {
            !atom.hetero
                && ligand
                    .iter()
                    .any(|other| (other.at - atom.at).norm() <= AROUND)
        });
        if near {
            atoms.extend(
                residue
                    .atoms
                    .iter()
                    .filter(|atom| atom.element != "H")
                    .cloned(),
            );
        }
    }
    let own = ligand.iter().filter(|atom| atom.element != "H");
    atoms.extend(own.map(|atom| Atom {
        hetero: true,
        // Longer codes have no room in the columns of the format that is shown.
        residue: match atom.residue.len() {
            0..=3 => atom.residue.clone(),
            _ => "LIG".to_owned(),
        },
        ..(*atom).clone()
    }));
    Model { atoms }
}

/// The same pocket after a rigid motion, with other numbers of residues and in one chain.
fn moved(model: &Model, draw: &mut Draw) -> Model {
    let motion = motion(draw);
    let center = model.points().iter().sum::<Point>() / model.atoms.len().max(1) as f64;
    let round = |x: f64| (x * 1000.0).round() / 1000.0;
    let mut out = model.mapped(|point| motion.apply(&(point - center)).map(round));
    let chain = char::from(b'A' + u8::try_from(draw.below(26)).unwrap_or(0)).to_string();
    let mut number = 1 + draw.below(40) as i64;
    let mut last: Option<Place> = None;
    for atom in &mut out.atoms {
        let own = atom.place.clone();
        if last.as_ref().is_some_and(|last| *last != own) {
            number += 1 + draw.below(9) as i64;
        }
        last = Some(own);
        atom.place = Place {
            chain: chain.clone(),
            number,
            insertion: String::new(),
        };
    }
    out
}

/// A pocket of residues with usual side chains around a part of a molecule.
fn made(draw: &mut Draw) -> Model {
    loop {
        let mut atoms = ligand(draw);
        let own = atoms.clone();
        let wanted = 6 + draw.below(4);
        let mut count = 0;
        let mut tries = 0;
        while count < wanted && tries < 400 {
            tries += 1;
            // Two of the residues are near and touch nothing.
            let gap = if count < 2 { (4.4, 5.5) } else { (2.9, 3.8) };
            if let Some(residue) = placed(&own, &atoms, gap, draw) {
                let first = atoms.len();
                atoms.extend(residue);
                for atom in &mut atoms[first..] {
                    atom.place.number = count as i64 + 1;
                }
                count += 1;
            }
        }
        let mut residues: Vec<Atom> = atoms.split_off(own.len());
        // The order of the file says nothing about distance.
        let mut order: Vec<i64> = (1..=count as i64).collect();
        draw.shuffle(&mut order);
        residues.sort_by_key(|atom| order.iter().position(|number| *number == atom.place.number));
        residues.extend(own);
        let model = moved(&Model { atoms: residues }, draw);
        if count == wanted && is_clear(&model) {
            return model;
        }
    }
}

/// True if no atom's distance is so near to a limit that rounding would decide.
fn is_clear(model: &Model) -> bool {
    let ligand: Vec<&Atom> = model.atoms.iter().filter(|atom| atom.hetero).collect();
    let least = |atom: &Atom| {
        let all = ligand.iter().map(|other| (other.at - atom.at).norm());
        all.fold(f64::INFINITY, f64::min)
    };
    let mut others = model.atoms.iter().filter(|atom| !atom.hetero);
    others.all(|atom| (least(atom) - CUTOFF).abs() > MARGIN)
}

/// A side chain with its backbone, under names that say nothing about what it is.
fn ligand(draw: &mut Draw) -> Vec<Atom> {
    let letters: Vec<char> = "FWYHRKMQ".chars().collect();
    let found = draw
        .one(&letters)
        .and_then(|letter| AminoAcid::from_letter(*letter));
    let Some(amino_acid) = found else {
        return Vec::new();
    };
    let mut atoms = residue(amino_acid, Hand::L).atoms;
    let mut counts = std::collections::BTreeMap::new();
    for atom in &mut atoms {
        let count = counts.entry(atom.element.clone()).or_insert(0);
        *count += 1;
        atom.name = format!("{}{count}", atom.element);
        atom.residue = "LIG".to_owned();
        atom.hetero = true;
        atom.place.number = 0;
    }
    atoms
}

/// A residue in a random direction, as far from the ligand as its gap says, and not too near to anything else.
fn placed(
    ligand: &[Atom],
    all: &[Atom],
    (low, high): (f64, f64),
    draw: &mut Draw,
) -> Option<Vec<Atom>> {
    let kinds: Vec<AminoAcid> = AminoAcid::all()
        .filter(|one| one.ideal().code != "GLY")
        .collect();
    let built = residue(*draw.one(&kinds)?, Hand::L);
    let center = ligand.iter().map(|atom| atom.at).sum::<Point>() / ligand.len() as f64;
    let turn = motion(draw).rotation;
    let own = built.points().iter().sum::<Point>() / built.atoms.len() as f64;
    let toward = Point::new(draw.normal(), draw.normal(), draw.normal()).normalize();
    let gap = |model: &Model, others: &[Atom]| {
        let mut least = f64::INFINITY;
        for atom in &model.atoms {
            for other in others {
                least = least.min((atom.at - other.at).norm());
            }
        }
        least
    };
    let mut away = 14.0;
    while away > 0.0 {
        let model = built.mapped(|point| center + turn * (point - own) + toward * away);
        let nearest = gap(&model, ligand);
        if nearest < low {
            return None;
        }
        if nearest <= high {
            return (gap(&model, all) >= low.min(3.0)).then_some(model.atoms);
        }
        away -= 0.1;
    }
    None
}
