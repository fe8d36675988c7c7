//! The way of the functions and classes of the current corpus from a unit to its samples, and the reasons
//! that stop them.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use rusqlite::Params;
use serde::Serialize;
use tracestone_record::Reason;

use crate::access::CALL_IS_CURRENT;
use crate::samples::SAMPLE_IS_CURRENT;
use crate::{Result, Store};

/// Numbers of top-level functions and classes at each step of the way.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Steps {
    /// Top-level functions and classes.
    pub units: u64,
    /// Those with a program.
    pub with_program: u64,
    /// Those whose program has a call.
    pub called: u64,
    /// Those whose program has a verified run.
    pub verified: u64,
    /// Those whose program has a sample with an executed answer.
    pub in_samples: u64,
}

impl Steps {
    /// Each step by its name, in order.
    #[must_use]
    pub fn named(&self) -> [(&'static str, u64); 5] {
        [
            ("functions and classes", self.units),
            ("with a program", self.with_program),
            ("called", self.called),
            ("verified", self.verified),
            ("in samples", self.in_samples),
        ]
    }

    fn add(&mut self, reached: Reached) {
        let counts = [
            &mut self.units,
            &mut self.with_program,
            &mut self.called,
            &mut self.verified,
            &mut self.in_samples,
        ];
        for count in counts.into_iter().take(1 + reached as usize) {
            *count += 1;
        }
    }

    fn sum(&mut self, other: Self) {
        self.units += other.units;
        self.with_program += other.with_program;
        self.called += other.called;
        self.verified += other.verified;
        self.in_samples += other.in_samples;
    }
}

/// Last step that a unit reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Reached {
    Unit,
    Program,
    Call,
    Verified,
    Samples,
}

/// The steps of one source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SourceFunnel {
    /// The source's name.
    pub source: String,
    /// Its functions and classes outside tests.
    pub own: Steps,
    /// Those of its tests.
    pub tests: Steps,
}

/// The units outside tests that one reason cost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Lost {
    /// Reason for having no sample; `None` where another unit has the same text and the program is that one's.
    pub reason: Option<Reason>,
    /// Number of these units.
    pub count: u64,
    /// The units, each with what exactly stopped it; sorted.
    pub units: Vec<LostUnit>,
}

/// A unit without a sample.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct LostUnit {
    /// Its file, inside its source.
    pub path: String,
    /// Name of the source.
    pub name: String,
    /// Detail of the reason.
    pub detail: String,
}

/// Way of the units of the current corpus.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Funnel {
    /// By source, in the order of the corpus.
    pub sources: Vec<SourceFunnel>,
    /// Reasons for which units outside tests have no sample, the one that cost most of them first.
    pub lost: Vec<Lost>,
}

impl Funnel {
    /// The steps of all sources outside tests.
    #[must_use]
    pub fn own(&self) -> Steps {
        let mut total = Steps::default();
        self.sources.iter().for_each(|source| total.sum(source.own));
        total
    }

    /// The steps of all tests.
    #[must_use]
    pub fn tests(&self) -> Steps {
        let mut total = Steps::default();
        self.sources
            .iter()
            .for_each(|source| total.sum(source.tests));
        total
    }
}

/// True for a function or class of tests, by the customs of pytest and unittest.
#[must_use]
pub fn is_test(path: &str, name: &str) -> bool {
    let (folder, file) = path.rsplit_once('/').unwrap_or(("", path));
    let in_tests = folder
        .split('/')
        .any(|part| matches!(part, "test" | "tests" | "testing"));
    in_tests
        || file.starts_with("test_")
        || file.ends_with("_test.py")
        || matches!(file, "test.py" | "tests.py" | "conftest.py")
        || name.starts_with("test")
        || name.starts_with("Test")
}

type Id = Vec<u8>;

/// Reasons for having no program, by source, path and name.
type Stopped = HashMap<(Id, String, String), (Reason, String)>;

/// Programs of the current corpus, and those of them at each step.
struct Programs {
    of_unit: HashMap<Id, Vec<Id>>,
    called: HashSet<Id>,
    verified: HashSet<Id>,
    sampled: HashSet<Id>,
}

impl Store {
    /// Counts how far the top-level functions and classes of the current corpus came.
    ///
    /// # Errors
    /// The database fails or is damaged.
    pub fn funnel(&self) -> Result<Funnel> {
        let _snapshot = self.snapshot()?;
        let programs = self.known_programs()?;
        let stopped = self.stopped_units()?;
        let ended = self.ended_programs()?;
        let sources: Vec<(Id, String)> = self.read(
            "SELECT id, name FROM sources WHERE position IS NOT NULL ORDER BY position",
            [],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?;
        let mut funnel = Funnel::default();
        let mut lost: BTreeMap<Option<Reason>, BTreeSet<LostUnit>> = BTreeMap::new();
        for (source, name) in sources {
            let units: Vec<(Id, String, String)> = self.read(
                "SELECT u.id, f.path, u.name FROM units u JOIN files f ON f.id = u.file \
                 WHERE u.source = ?1 AND instr(u.name, '.') = 0",
                [&source],
                |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
            )?;
            let mut steps = SourceFunnel {
                source: name,
                own: Steps::default(),
                tests: Steps::default(),
            };
            for (unit, path, name) in units {
                let reached = programs.reached(&unit);
                if is_test(&path, &name) {
                    steps.tests.add(reached);
                    continue;
                }
                steps.own.add(reached);
                if reached == Reached::Samples {
                    continue;
                }
                let of_unit = programs.of_unit.get(&unit);
                let found = match of_unit.and_then(|ids| ids.first()) {
                    Some(program) => ended.why(program, reached),
                    None => {
                        let unit = (source.clone(), path.clone(), name.clone());
                        stopped.get(&unit).cloned()
                    }
                };
                let (reason, detail) = found.unzip();
                let detail = detail.unwrap_or_default();
                lost.entry(reason)
                    .or_default()
                    .insert(LostUnit { path, name, detail });
            }
            funnel.sources.push(steps);
        }
        let lost = lost.into_iter().map(|(reason, units)| Lost {
            reason,
            count: units.len() as u64,
            units: units.into_iter().collect(),
        });
        funnel.lost = lost.collect();
        let order = |lost: &Lost| (std::cmp::Reverse(lost.count), lost.reason);
        funnel.lost.sort_by_key(order);
        Ok(funnel)
    }

    fn known_programs(&self) -> Result<Programs> {
        let ids = |sql: &str| -> Result<HashSet<Id>> {
            let rows = self.read(sql, [], |row| row.get(0))?;
            Ok(rows.into_iter().collect())
        };
        let pairs: Vec<(Id, Id)> = self.read(
            "SELECT p.unit, p.id FROM programs p JOIN sources s ON s.id = p.source \
             WHERE s.position IS NOT NULL ORDER BY p.unit, p.id",
            [],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?;
        let mut of_unit: HashMap<Id, Vec<Id>> = HashMap::new();
        for (unit, program) in pairs {
            of_unit.entry(unit).or_default().push(program);
        }
        Ok(Programs {
            of_unit,
            called: ids(
                "SELECT DISTINCT c.program FROM calls c JOIN sources s ON s.id = c.source \
                 WHERE s.position IS NOT NULL",
            )?,
            verified: ids(&format!(
                "SELECT DISTINCT r.program FROM runs r \
                 WHERE r.verdict = 'verified' AND {CALL_IS_CURRENT}"
            ))?,
            sampled: ids(&format!(
                "SELECT DISTINCT m.program FROM samples m \
                 WHERE m.kind <> 'annotated' AND {SAMPLE_IS_CURRENT}"
            ))?,
        })
    }

    fn stopped_units(&self) -> Result<Stopped> {
        let rows: Vec<(Id, String, String, String)> = self.read(
            "SELECT d.owner, d.reason, d.subject, d.detail FROM drops d \
             WHERE d.stage = 'extract' ORDER BY d.subject, d.reason, d.detail",
            [],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)),
        )?;
        let mut stopped = HashMap::new();
        for (owner, reason, subject, detail) in rows {
            // `path:line name`; a call has no name, a file no line.
            let place = subject.rsplit_once(' ');
            let path = place.and_then(|(place, _)| place.rsplit_once(':'));
            let (Some((_, name)), Some((path, _)), Some(reason)) =
                (place, path, Reason::from_code(&reason))
            else {
                continue;
            };
            stopped
                .entry((owner, path.to_owned(), name.to_owned()))
                .or_insert((reason, detail));
        }
        Ok(stopped)
    }

    /// Reads the reasons given for runs and samples of programs.
    fn ended_programs(&self) -> Result<Ended> {
        let rows: Vec<(Id, String, String, i64, String)> = self.read(
            "SELECT d.owner, d.stage, d.reason, count(*), min(d.detail) FROM drops d \
             WHERE d.stage IN ('trace', 'sample') GROUP BY d.owner, d.stage, d.reason",
            [],
            |row| {
                Ok((
                    row.get(0)?,
                    row.get(1)?,
                    row.get(2)?,
                    row.get(3)?,
                    row.get(4)?,
                ))
            },
        )?;
        let mut ended = Ended::default();
        for (owner, stage, reason, count, detail) in rows {
            if let Some(reason) = Reason::from_code(&reason) {
                let stages = if stage == "trace" {
                    &mut ended.traced
                } else {
                    &mut ended.sampled
                };
                let found = stages.entry(owner).or_default();
                found.push((count, reason, detail));
            }
        }
        Ok(ended)
    }

    fn read<T>(
        &self,
        sql: &str,
        parameters: impl Params,
        read: impl FnMut(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>> {
        let mut statement = self.connection.prepare_cached(sql)?;
        let rows = statement.query_map(parameters, read)?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }
}

impl Programs {
    fn reached(&self, unit: &Id) -> Reached {
        let Some(programs) = self.of_unit.get(unit) else {
            return Reached::Unit;
        };
        let any = |known: &HashSet<Id>| programs.iter().any(|program| known.contains(program));
        if any(&self.sampled) {
            Reached::Samples
        } else if any(&self.verified) {
            Reached::Verified
        } else if any(&self.called) {
            Reached::Call
        } else {
            Reached::Program
        }
    }
}

/// Counts of what was left out of a program, with reason and detail.
type Left = Vec<(i64, Reason, String)>;

#[derive(Default)]
struct Ended {
    traced: HashMap<Id, Left>,
    sampled: HashMap<Id, Left>,
}

impl Ended {
    /// Reason that stopped a program at a step: the one that left out most.
    fn why(&self, program: &Id, reached: Reached) -> Option<(Reason, String)> {
        let most = |left: Option<&Left>| {
            let telling = |reason: &Reason| {
                !matches!(
                    reason,
                    Reason::AddsNothing
                        | Reason::NothingToAnnotate
                        | Reason::NoRunToAskAbout
                        | Reason::CommonAnswer
                )
            };
            let left = left.into_iter().flatten();
            left.filter(|(_, reason, _)| telling(reason))
                .max_by_key(|(count, reason, _)| (*count, std::cmp::Reverse(*reason)))
                .map(|(_, reason, detail)| (*reason, detail.clone()))
        };
        match reached {
            Reached::Unit | Reached::Samples => None,
            Reached::Program => {
                let made = self.traced.get(program).into_iter().flatten();
                let mut made = made.filter(|(_, reason, _)| *reason == Reason::AddsNothing);
                Some(match made.next() {
                    Some((_, reason, detail)) => (*reason, detail.clone()),
                    None => (Reason::NoCall, String::new()),
                })
            }
            Reached::Call => most(self.traced.get(program)),
            Reached::Verified => most(self.sampled.get(program)),
        }
    }
}
