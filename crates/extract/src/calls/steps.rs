//! Which earlier statements of a script a question needs.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use tracestone_record::Reason;

use crate::slice::Failure;

use super::{Ask, Fragment, Script, Step};

/// A question that needs more statements than this is dropped.
const MAX_STEPS: usize = 200;

/// The statements of a script, ready to be asked for by name.
pub(super) struct Steps<'s> {
    script: &'s Script,
    /// For each name, the steps that mention or bind it, in order.
    by_name: HashMap<&'s str, Vec<usize>>,
    /// Steps that seed the random numbers of all that follows.
    seeds: Vec<usize>,
    /// Steps that may change variables of modules, by step, with the modules.
    stateful: BTreeMap<usize, BTreeSet<usize>>,
}

impl<'s> Steps<'s> {
    /// `stateful` lists steps with the modules whose variables they may change.
    pub(super) fn of(script: &'s Script, stateful: &[(usize, usize)]) -> Self {
        let mut by_name: HashMap<&str, Vec<usize>> = HashMap::new();
        for (position, step) in script.steps.iter().enumerate() {
            let bound = step.binds.iter().map(String::as_str);
            for name in names_of(&step.fragment).chain(bound) {
                let positions = by_name.entry(name).or_default();
                if positions.last() != Some(&position) {
                    positions.push(position);
                }
            }
        }
        let seeds = script.steps.iter().enumerate();
        let mut by_step: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
        for &(step, module) in stateful {
            by_step.entry(step).or_default().insert(module);
        }
        Self {
            script,
            by_name,
            seeds: seeds
                .filter(|(_, step)| step.fragment.text.starts_with("random.seed("))
                .map(|(position, _)| position)
                .collect(),
            stateful: by_step,
        }
    }

    /// The steps a question needs: those that bind the names it mentions, those that change them or
    /// the variables of the `modules` it is about, and so on for the names these mention.
    ///
    /// # Errors
    ///
    /// If there are too many.
    pub(super) fn needed(
        &self,
        ask: &Ask,
        row: &[(String, Fragment)],
        modules: &BTreeSet<usize>,
    ) -> Result<BTreeSet<usize>, Failure> {
        let end = ask.after.min(self.script.steps.len());
        let mut search = Search {
            steps: self,
            end,
            needed: BTreeSet::new(),
            wanted: Vec::new(),
        };
        search.want(&ask.fragment, end);
        for (_, value) in row {
            search.want(value, end);
        }
        let stateful = self.stateful.range(..end);
        let stateful = stateful.filter(|(_, changed)| !changed.is_disjoint(modules));
        let seeds = self.seeds.iter().filter(|&&seed| seed < end);
        for &position in seeds.chain(stateful.map(|(position, _)| position)) {
            search.take(position);
        }
        search.run()
    }
}

struct Search<'a, 's> {
    steps: &'a Steps<'s>,
    /// The steps before the question.
    end: usize,
    needed: BTreeSet<usize>,
    /// Names whose values before a step matter.
    wanted: Vec<(&'s str, usize)>,
}

impl<'s> Search<'_, 's> {
    fn want(&mut self, fragment: &Fragment, before: usize) {
        for name in names_of(fragment) {
            // A name that no step mentions is a name of the module.
            if let Some((&name, _)) = self.steps.by_name.get_key_value(name) {
                self.wanted.push((name, before));
            }
        }
    }

    fn take(&mut self, position: usize) {
        if self.needed.insert(position) {
            self.want(&self.step(position).fragment, position);
        }
    }

    fn step(&self, position: usize) -> &'s Step {
        let script: &'s Script = self.steps.script;
        &script.steps[position]
    }

    fn run(mut self) -> Result<BTreeSet<usize>, Failure> {
        let mut done = BTreeSet::new();
        while let Some((name, before)) = self.wanted.pop() {
            if !done.insert((name, before)) {
                continue;
            }
            for position in self.concerning(name, before) {
                self.take(position);
            }
            if self.needed.len() > MAX_STEPS {
                let detail = format!("needs more than {MAX_STEPS} earlier statements");
                return Err(Failure::new(Reason::CallTooLarge, detail));
            }
        }
        Ok(self.needed)
    }

    /// The step that gives a name its value before a step, and those that change this value.
    fn concerning(&self, name: &str, before: usize) -> Vec<usize> {
        let Some(positions) = self.steps.by_name.get(name) else {
            return Vec::new();
        };
        let binds_anew = |position: usize| {
            let step = self.step(position);
            step.binds.iter().any(|bound| bound == name)
                && !names_of(&step.fragment).any(|other| other == name)
        };
        let positions: Vec<usize> = positions
            .iter()
            .copied()
            .filter(|&position| position < self.end)
            .collect();
        let split = positions.partition_point(|&position| position < before);
        let bound = positions[..split]
            .iter()
            .rposition(|&position| binds_anew(position));
        // Steps of a later life of the name do not matter.
        let until = positions[split..]
            .iter()
            .position(|&position| binds_anew(position))
            .map_or(positions.len(), |offset| split + offset);
        let from = bound.map_or(0, |bound| bound + 1);
        let binds = |position: usize| self.step(position).binds.iter().any(|bound| bound == name);
        // A name no step binds is a name of the module, and looking at that changes nothing.
        if !positions.iter().any(|&position| binds(position)) {
            return Vec::new();
        }
        let changes = positions[from..until].iter().copied();
        let changes = changes.filter(|&position| binds(position) || !self.step(position).pure);
        bound
            .map(|bound| positions[bound])
            .into_iter()
            .chain(changes)
            .collect()
    }
}

fn names_of(fragment: &Fragment) -> impl Iterator<Item = &str> {
    fragment
        .mentions
        .iter()
        .map(|&mention| fragment.name(mention))
}
