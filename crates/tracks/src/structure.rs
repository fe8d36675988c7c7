//! The track of molecular geometry.

mod draw;
mod judge;
mod lists;
mod measures;
mod rounds;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;
use tracestone_eval::episode::SharedEpisode;
use tracestone_eval::item::Item;
use tracestone_eval::judge::SharedJudge;
use tracestone_eval::track::{Files, Recipe, Track, TrackError, content_hash};
use tracestone_structure::problem::{File, FileError, Make, Pocket, Question};

use judge::Geometry;

/// Residues, helices, torsions, contacts and mutations.
pub(crate) struct Structure;

macro_rules! tasks {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("../../../evals/", $name, ".toml")))),*]
    };
}

const TASKS: &[(&str, &str)] = tasks![
    "structure-residue",
    "structure-helix",
    "structure-torsion",
    "structure-contacts",
    "structure-mutation",
    "structure-repair",
];

macro_rules! templates {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("../../../evals/templates/", $name)))),*]
    };
}

const TEMPLATES: &[(&str, &str)] = templates![
    "structure-residue.j2",
    "structure-helix.j2",
    "structure-torsion.j2",
    "structure-contacts.j2",
    "structure-mutation.j2",
];

impl Track for Structure {
    fn name(&self) -> &'static str {
        "structure"
    }

    fn tasks(&self) -> &'static [(&'static str, &'static str)] {
        TASKS
    }

    fn templates(&self) -> &'static [(&'static str, &'static str)] {
        TEMPLATES
    }

    fn items(&self, recipe: &Recipe, files: Option<&dyn Files>) -> Result<Vec<Item>, TrackError> {
        let kind = recipe.get("kind").and_then(Value::as_str);
        let questions = match kind {
            Some("contacts" | "mutation") => pockets(&recipe.read()?, files)?,
            _ if files.is_some() => {
                let what = "these items are made by the program and read no file: leave out --data";
                return Err(TrackError::Recipe(what.to_owned()));
            }
            _ => recipe
                .read::<Make>()?
                .questions()
                .map_err(TrackError::Recipe)?,
        };
        Ok(questions.into_iter().map(item).collect())
    }

    fn judge(
        &self,
        name: &str,
        settings: &BTreeMap<String, Value>,
    ) -> Option<Result<SharedJudge, String>> {
        (name == Geometry::NAME).then(|| {
            let judge: Geometry = read(settings)?;
            Ok(Arc::new(judge) as SharedJudge)
        })
    }

    fn episode(
        &self,
        name: &str,
        settings: &BTreeMap<String, Value>,
    ) -> Option<Result<SharedEpisode, String>> {
        (name == rounds::NAME).then(|| {
            let rounds = read::<rounds::Rounds>(settings)?.check()?;
            Ok(Arc::new(rounds) as SharedEpisode)
        })
    }

    fn judges(&self) -> &'static [&'static str] {
        &[Geometry::NAME]
    }
}

/// Settings of a task file as the type that they are for.
fn read<T: serde::de::DeserializeOwned>(settings: &BTreeMap<String, Value>) -> Result<T, String> {
    let fields = settings.clone().into_iter().collect();
    serde_json::from_value(Value::Object(fields)).map_err(|error| error.to_string())
}

/// The questions about pockets, of the user's file where there is one.
fn pockets(pocket: &Pocket, files: Option<&dyn Files>) -> Result<Vec<Question>, TrackError> {
    let settings = |error: FileError| TrackError::Recipe(error.to_string());
    let Some(files) = files else {
        return pocket.questions(None).map_err(settings);
    };
    let mut all = Vec::new();
    let mut names = files.list()?;
    names.retain(|name| {
        let end = name.to_ascii_lowercase();
        !files.is_folder()
            || [".pdb", ".ent", ".cif"]
                .iter()
                .any(|known| end.ends_with(known))
    });
    if names.is_empty() {
        let what = "the folder has no files that end in .pdb, .ent or .cif";
        return Err(TrackError::NoData(what.to_owned()));
    }
    let stem = |path: &str| {
        let base = path.rsplit('/').next().unwrap_or(path);
        let name = base.rsplit_once('.').map_or(base, |(name, _)| name);
        name.to_owned()
    };
    let stems: Vec<String> = names.iter().map(|path| stem(path)).collect();
    for (path, name) in names.iter().zip(&stems) {
        let bytes = files.read(path)?;
        let hash = content_hash(&bytes);
        let wrong = |what: String| TrackError::File {
            path: path.clone(),
            what,
        };
        let text = String::from_utf8(bytes).map_err(|_| wrong("this is not UTF-8".to_owned()))?;
        let file = File {
            name,
            text: &text,
            hash: &hash,
        };
        let mut questions = pocket
            .questions(Some(&file))
            .map_err(|error| wrong(error.to_string()))?;
        if files.is_folder() {
            // Of files of one name, such as an entry in two forms, the path tells them apart.
            let is_alone = stems.iter().filter(|one| *one == name).count() == 1;
            let first = if is_alone { name } else { path };
            for question in &mut questions {
                question.id = format!("{first}-{}", question.id);
            }
        }
        all.extend(questions);
    }
    Ok(all)
}

fn item(question: Question) -> Item {
    Item {
        kind: question.kind.to_owned(),
        fields: question.fields,
        answer: question.answer,
        input: question.input,
        cluster: question.cluster,
        facts: question.facts,
        // Plain data: writing it cannot fail.
        material: serde_json::to_value(&question.problem).unwrap_or_default(),
        ..Item::plain(&question.id, "")
    }
}
