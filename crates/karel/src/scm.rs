//! Structural causal model of the generated data.

use std::fmt::Write as _;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tracestone_record::LatentKind;

use crate::draw::Settings;
use crate::latents::{meaning, variables};
use crate::text::{Mode, Output};

/// Variable of the model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Node {
    /// Exogenous, latent or observed.
    pub kind: LatentKind,
    /// Description of how the parents determine the value.
    pub mechanism: String,
    /// The name; `t` counts actions.
    pub name: String,
    /// Names of the direct causes.
    pub parents: Vec<String>,
}

/// Variables and interventions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Scm {
    /// Possible interventions and their effects, as text.
    pub interventions: Vec<String>,
    /// The nodes, parents first.
    pub nodes: Vec<Node>,
}

/// The model of the texts that these settings give.
#[must_use]
pub fn scm(settings: &Settings, mode: Mode, output: Output) -> Scm {
    let mut nodes = Vec::new();
    let mut add = |name: &str, kind, parents: &[&str], mechanism: String| {
        nodes.push(node(name, kind, parents, &mechanism));
    };
    use LatentKind::{Exogenous, Latent};
    add(
        "semantics",
        Exogenous,
        &[],
        "chosen: what each action word does; the same for the whole dataset".to_owned(),
    );
    add("world", Exogenous, &[], world_mechanism(settings));
    add("program", Exogenous, &[], program_mechanism(settings));
    add(
        "action[t]",
        Latent,
        &["program", "state[t-1]"],
        "the word that runs as the t-th action: the t-th of the program, \
         or where it has control flow, the one that conditions and loops lead to"
            .to_owned(),
    );
    add(
        "state[0]",
        Exogenous,
        &["world"],
        "the start world with its hero".to_owned(),
    );
    add("state[t]", Latent, &["state[t-1]", "action[t]", "semantics"],
        "what the semantics says the word does, done to the state before; blocked moves and failed picks change nothing".to_owned());
    for variable in variables(settings) {
        let parents: &[&str] = match variable {
            "from_start" => &["state[t]", "state[0]"],
            "to_end" => &["state[t]", "end"],
            _ => &["state[t]"],
        };
        add(
            &format!("{variable}[t]"),
            Latent,
            parents,
            meaning(variable).to_owned(),
        );
    }
    add(
        "end",
        Latent,
        &["state[t]"],
        "the state after the last action".to_owned(),
    );
    nodes.extend(words(mode, output));
    Scm {
        nodes,
        interventions: vec![
            "do(semantics := s'): the same worlds and program words, executed anew; every state and label after the start may change, no word before the completion does (in synthesis, the end words shown would)".to_owned(),
            "do(state[t] := x): from t on as if the hero were elsewhere; the program words stay".to_owned(),
        ],
    }
}

fn node(name: &str, kind: LatentKind, parents: &[&str], mechanism: &str) -> Node {
    Node {
        kind,
        mechanism: mechanism.to_owned(),
        name: name.to_owned(),
        parents: parents.iter().map(|parent| (*parent).to_owned()).collect(),
    }
}

/// The nodes that a text shows.
fn words(mode: Mode, output: Output) -> [Node; 3] {
    let observed = |name: &str, parents: &[&str], mechanism: &str| {
        node(name, LatentKind::Observed, parents, mechanism)
    };
    let end = match output {
        Output::World => "the cells of the final world, row by row",
        Output::Hero => "the hero's row, column and facing at the end",
    };
    [
        observed(
            "world words",
            &["world"],
            "the cells of the start world, row by row, one word each",
        ),
        observed(
            "program words",
            &["program"],
            "the statements, one word for each action, brace, condition",
        ),
        match mode {
            Mode::Interp | Mode::Synthesis => observed("end words", &["end"], end),
            Mode::Trace => observed(
                "state words[t]",
                &["state[t]", "action[t]"],
                "the action and the state after it",
            ),
        },
    ]
}

fn world_mechanism(settings: &Settings) -> String {
    let mut text = format!(
        "{} x {} cells; the hero in a cell and facing a way, all equally likely; every other cell a wall with probability {}",
        settings.rows, settings.columns, settings.walls
    );
    if settings.markers > 0.0 {
        let _ = write!(
            text,
            ", else one to nine markers with probability {}",
            settings.markers
        );
    }
    text
}

fn program_mechanism(settings: &Settings) -> String {
    let names = crate::Action::ALL.iter().zip(settings.weights);
    let weights: Vec<String> = names
        .filter(|(_, weight)| *weight > 0)
        .map(|(action, weight)| format!("{} {weight}", action.name()))
        .collect();
    let mut text = format!(
        "{} to {} statements, every number equally likely; actions independent of each other, with weights {}",
        settings.length_min,
        settings.length_max,
        weights.join(", ")
    );
    if settings.control > 0.0 {
        let _ = write!(
            text,
            "; a statement is if, ifelse, while or repeat with probability {}, nested {} deep at most",
            settings.control, settings.nesting
        );
    }
    text
}

impl Scm {
    /// The model for a person to read.
    #[must_use]
    pub fn text(&self) -> String {
        let width = self
            .nodes
            .iter()
            .map(|node| node.name.len())
            .max()
            .unwrap_or(0);
        let mut text = String::new();
        for node in &self.nodes {
            let parents = if node.parents.is_empty() {
                String::new()
            } else {
                format!(" <- {}", node.parents.join(", "))
            };
            let _ = writeln!(
                text,
                "{:width$}  {:9}{parents}\n{:width$}  {}",
                node.name,
                node.kind.name(),
                "",
                node.mechanism
            );
        }
        for intervention in &self.interventions {
            let _ = writeln!(text, "{intervention}");
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draw::tests::rich;

    #[test]
    fn parents_are_nodes() {
        for mode in [Mode::Interp, Mode::Synthesis, Mode::Trace] {
            let scm = scm(&rich(), mode, Output::World);
            for node in &scm.nodes {
                for parent in &node.parents {
                    let known =
                        scm.nodes.iter().any(|one| one.name == *parent) || parent == "state[t-1]";
                    assert!(known, "{parent} of {}", node.name);
                }
            }
            assert!(scm.text().contains("state[t]"));
        }
    }
}
