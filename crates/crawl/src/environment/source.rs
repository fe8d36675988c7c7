//! The environment of a source: what the corpus names, what the source states, and what of that there is.

use std::collections::BTreeSet;

use tracestone_record::{Dropped, Environment, Reason, normalised};

use super::imports::{distributions, imported};
use super::project::Stated;
use super::{Environments, Requirement, RequiresPython};
use crate::corpus::SourceSpec;
use crate::error::CrawlError;
use crate::reader::{Entry, EntryKind, Reader};

/// Larger files say nothing of requirements.
const MAX_FILE_BYTES: u64 = 1 << 20;
/// Requirements of a source that are given up, one after the other, because there is no wheel.
const MOST_GIVEN_UP: usize = 20;

/// The distributions that the programs of a source may import; none where nothing is asked for. What the source
/// states and cannot be had is added to `dropped`; what the corpus names must be there.
pub(crate) fn environment(
    spec: &SourceSpec,
    reader: &dyn Reader,
    environments: impl FnOnce(Option<&RequiresPython>) -> Result<Environments, CrawlError>,
    stopped: &dyn Fn() -> bool,
    dropped: &mut Vec<Dropped>,
) -> Result<Option<Environment>, CrawlError> {
    let wanted = &spec.environment;
    let asks_the_source = wanted.auto || wanted.project || wanted.requirements.is_some();
    if wanted.packages.is_empty() && !asks_the_source {
        return Ok(None);
    }
    let entries = reader.entries(stopped)?;
    let read = |path: &str| text_of(reader, entries.iter().find(|entry| entry.path == path)?);
    let environments = environments(RequiresPython::stated(&read).as_ref())?;
    let mut stated = Stated::default();
    let mut known = Vec::new();
    if asks_the_source {
        if let Some(path) = &wanted.requirements {
            stated.add_file(path, &read);
        }
        if wanted.project {
            stated.add_project(&wanted.extras, &wanted.groups, &read);
        }
        if wanted.auto {
            let standard = environments.standard_library(stopped)?;
            known = add_imported(&mut stated, reader, &entries, &standard);
        }
    }
    let left_out = |place: &str, why: String| {
        let subject = format!("{}: {place}", spec.name);
        Dropped::new(Reason::RequirementLeftOut, subject, why)
    };
    let found = stated.left_out.iter();
    dropped.extend(found.map(|(place, why)| left_out(place, why.clone())));
    // What the corpus names goes before what the source says of the same distribution.
    let named = |one: &Requirement| {
        let mut named = wanted.packages.iter();
        named.any(|other| normalised(other.name()) == normalised(one.name()))
    };
    stated.requirements.retain(|one| !named(one));
    if wanted.packages.is_empty() && stated.requirements.is_empty() {
        return Ok(None);
    }
    let (environment, given_up) =
        environments.resolve(&wanted.packages, &stated.requirements, stopped)?;
    for requirement in given_up {
        let why = "pip finds no wheel for it, or none that can be unpacked".to_owned();
        dropped.push(left_out(&requirement, why));
    }
    // The table is checked against what the wheels hold.
    for module in known {
        let there = environment.as_ref().map(|environment| &environment.modules);
        if there.is_some_and(|there| !there.contains(&module)) {
            let why = "the distribution that the table has for it does not hold it".to_owned();
            dropped.push(left_out(&format!("import {module}"), why));
        }
    }
    Ok(environment)
}

impl Environments {
    /// The environment that meets all of `fixed` and as many of `stated` as there are wheels for, and those that
    /// are given up. It is resolved once on a machine: the answer is kept, so that a second crawl gives the same.
    ///
    /// # Errors
    /// pip finds no wheels for the others, a wheel is refused, or the folder cannot be written.
    pub fn resolve(
        &self,
        fixed: &[Requirement],
        stated: &[Requirement],
        stopped: &dyn Fn() -> bool,
    ) -> Result<(Option<Environment>, Vec<String>), CrawlError> {
        let all: Vec<&Requirement> = fixed.iter().chain(stated).collect();
        let answer = self.answer(&all, stopped)?;
        if let Some((lock, given_up)) = self.read_answer(&answer) {
            let site = (!lock.is_empty()).then(|| self.site(&lock, stopped));
            return Ok((site.transpose()?.map(|site| site.environment), given_up));
        }
        let mut left: Vec<Requirement> = stated.to_vec();
        let mut given_up = Vec::new();
        let environment = loop {
            let lines: Vec<String> = fixed.iter().chain(&left).map(ToString::to_string).collect();
            if lines.is_empty() {
                break None;
            }
            match self.choose(&lines, stopped) {
                Ok(environment) => break Some(environment),
                Err(CrawlError::Environment { what, message }) => {
                    let culprit =
                        culprit(&message, &left).filter(|_| given_up.len() < MOST_GIVEN_UP);
                    let Some(at) = culprit else {
                        return Err(CrawlError::Environment { what, message });
                    };
                    given_up.push(left.remove(at).to_string());
                }
                Err(error) => return Err(error),
            }
        };
        let lock = environment
            .as_ref()
            .map(|environment| environment.lock.clone());
        self.write_answer(&answer, &lock.unwrap_or_default(), &given_up)?;
        Ok((environment, given_up))
    }
}

/// The requirement that pip's message is about.
fn culprit(message: &str, requirements: &[Requirement]) -> Option<usize> {
    let is_of_name = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    let after = |marker: &'static str| {
        message.split(marker).skip(1).map(move |rest| {
            let end = rest.find(|c| !is_of_name(c)).unwrap_or(rest.len());
            normalised(&rest[..end])
        })
    };
    let refused = message
        .split_whitespace()
        .filter(|word| word.ends_with(".whl"));
    let refused = refused.filter_map(|word| Some(normalised(word.split('-').next()?)));
    let names: Vec<String> = after("found for ")
        .chain(after("the requirement "))
        .chain(after("(from "))
        .chain(refused)
        .collect();
    names.iter().find_map(|name| {
        requirements
            .iter()
            .position(|one| normalised(one.name()) == *name)
    })
}

/// Adds the distributions of what the source imports outside of its tests; gives the modules that are known.
fn add_imported(
    stated: &mut Stated,
    reader: &dyn Reader,
    entries: &[Entry],
    standard: &BTreeSet<String>,
) -> Vec<String> {
    let python = entries.iter().filter(|entry| entry.path.ends_with(".py"));
    let texts: Vec<String> = python
        .clone()
        .filter(|entry| !is_aside(&entry.path))
        .filter_map(|entry| text_of(reader, entry))
        .collect();
    // Any folder or file of the source may be what a name means.
    let own: BTreeSet<&str> = python
        .flat_map(|entry| entry.path.trim_end_matches(".py").split('/'))
        .collect();
    let mut modules: BTreeSet<&str> = texts.iter().flat_map(|text| imported(text)).collect();
    modules.retain(|module| !standard.contains(*module) && !own.contains(module));
    let (found, unknown) = distributions(&modules);
    for name in found {
        if let Ok(requirement) = Requirement::parse(name) {
            stated.requirements.push(requirement);
        }
    }
    let known = modules.iter().filter(|module| !unknown.contains(module));
    let known = known.map(|module| (*module).to_owned()).collect();
    for module in unknown {
        let why =
            "the table of distributions does not have it; name its distribution in `packages`";
        stated
            .left_out
            .push((format!("import {module}"), why.to_owned()));
    }
    known
}

/// True for files that their users do not import.
fn is_aside(path: &str) -> bool {
    let aside = |part: &str| {
        matches!(
            part,
            "test" | "tests" | "testing" | "doc" | "docs" | "examples" | "benchmarks" | "tools"
        )
    };
    path.split('/').any(aside) || matches!(path, "setup.py" | "conftest.py")
}

fn text_of(reader: &dyn Reader, entry: &Entry) -> Option<String> {
    if entry.kind != EntryKind::File || entry.bytes > MAX_FILE_BYTES {
        return None;
    }
    let content = reader.read(entry).ok()?;
    Some(String::from_utf8_lossy(&content).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_requirement_that_pip_complains_about_is_found() {
        let all: Vec<Requirement> = ["six", "Some.Thing>=2", "bar"]
            .iter()
            .map(|text| Requirement::parse(text).unwrap())
            .collect();
        for (message, at) in [
            (
                "ERROR: No matching distribution found for some-thing>=2",
                Some(1),
            ),
            (
                "Could not find a version that satisfies the requirement inner>1 (from bar) (from versions: none)",
                Some(2),
            ),
            (
                "six-1.0-py3-none-any.whl is refused: it has a link",
                Some(0),
            ),
            ("ERROR: ResolutionImpossible", None),
        ] {
            assert_eq!(culprit(message, &all), at, "{message}");
        }
    }
}
