//! Selection of the earlier statements of a script that a question needs.

use std::collections::{BTreeSet, HashMap, HashSet};

use tracestone_record::Reason;

use crate::slice::Failure;

use super::{Ask, Fragment, Script, Step};

/// A question that needs more statements than this is dropped.
const MAX_STEPS: usize = 200;

/// The statements of a script, ready to be asked for by name.
pub(super) struct Steps<'s> {
    script: &'s Script,
    /// For each name that a step binds, where that happens.
    by_name: HashMap<&'s str, Places>,
    /// Steps that seed the random numbers of all that follows.
    seeds: Vec<usize>,
    /// For each module, the steps that may change its variables, in order.
    stateful: HashMap<usize, Vec<usize>>,
}

/// Steps that bind or may change a name, in order.
#[derive(Debug, Default)]
struct Places {
    /// Steps that bind it, or mention it and may change something.
    concerned: Vec<usize>,
    /// Those of them that bind it without regard to its earlier value.
    anew: Vec<usize>,
    /// The first step that binds it.
    first_bound: usize,
}

impl<'s> Steps<'s> {
    /// `stateful` lists steps with the modules whose variables they may change.
    pub(super) fn of(script: &'s Script, stateful: &[(usize, usize)]) -> Self {
        let mut by_name: HashMap<&str, Places> = HashMap::new();
        for (position, step) in script.steps.iter().enumerate() {
            for name in step.binds.iter().map(String::as_str) {
                let first = Places {
                    first_bound: position,
                    ..Places::default()
                };
                by_name.entry(name).or_insert(first);
            }
        }
        for (position, step) in script.steps.iter().enumerate() {
            let touched = step.touches.iter().map(String::as_str);
            let mentioned: HashSet<&str> = names_of(&step.fragment).chain(touched).collect();
            let bound: HashSet<&str> = step.binds.iter().map(String::as_str).collect();
            let concerned = bound.iter().chain(mentioned.iter().filter(|_| !step.pure));
            for name in concerned {
                let Some(places) = by_name.get_mut(name) else {
                    continue;
                };
                if places.concerned.last() != Some(&position) {
                    places.concerned.push(position);
                }
            }
            for name in bound.difference(&mentioned) {
                if let Some(places) = by_name.get_mut(name) {
                    places.anew.push(position);
                }
            }
        }
        let seeds = script.steps.iter().enumerate();
        let mut by_module: HashMap<usize, Vec<usize>> = HashMap::new();
        for &(step, module) in stateful {
            let steps = by_module.entry(module).or_default();
            if steps.last() != Some(&step) {
                steps.push(step);
            }
        }
        Self {
            script,
            by_name,
            seeds: seeds
                .filter(|(_, step)| step.fragment.text.starts_with("random.seed("))
                .map(|(position, _)| position)
                .collect(),
            stateful: by_module,
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
        let stateful = modules
            .iter()
            .filter_map(|module| self.stateful.get(module));
        for positions in stateful.chain([&self.seeds]) {
            let before = positions.partition_point(|&position| position < end);
            for &position in positions[..before].iter().take(MAX_STEPS + 1) {
                search.take(position);
            }
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

    /// The step that gives a name its value before a step, and those that change this value; not more
    /// than are too many.
    fn concerning(&self, name: &str, before: usize) -> Vec<usize> {
        // A name no step binds is a name of the module, and looking at that changes nothing.
        let Some(places) = self
            .steps
            .by_name
            .get(name)
            .filter(|places| places.first_bound < self.end)
        else {
            return Vec::new();
        };
        let anew = places.anew.partition_point(|&position| position < before);
        let bound = anew.checked_sub(1).map(|at| places.anew[at]);
        // Steps of a later life of the name do not matter.
        let until = places
            .anew
            .get(anew)
            .map_or(self.end, |&next| next.min(self.end));
        let from = bound.map_or(0, |bound| bound + 1);
        let first = places
            .concerned
            .partition_point(|&position| position < from);
        let last = places
            .concerned
            .partition_point(|&position| position < until)
            .max(first);
        let changes = places.concerned[first..last].iter().copied();
        bound
            .into_iter()
            .chain(changes)
            .take(MAX_STEPS + 1)
            .collect()
    }
}

fn names_of(fragment: &Fragment) -> impl Iterator<Item = &str> {
    fragment
        .mentions
        .iter()
        .map(|&mention| fragment.name(mention))
}
