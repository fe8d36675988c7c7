//! Learners by name: a rule for steps, a pull, noise, and a way of renewing units.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::network::{Pull, Rule};
use crate::reset::{Cbp, Outgoing, Redo, Reset, Snr, Utility};

/// Noise on all weights and biases.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Noise {
    /// Deviation of the noise of one step.
    pub deviation: f32,
    /// Steps whose noise is added at once, with the deviation of their sum.
    pub every: u32,
}

/// A learner with all its settings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Learner {
    /// The text that it was made from.
    pub name: String,
    /// The rule for steps of the weights.
    pub rule: Rule,
    /// The learning rate.
    pub rate: f32,
    /// Pull of weights at each step.
    pub pull: Pull,
    /// Noise on weights.
    pub noise: Option<Noise>,
    /// The way of renewing units.
    pub reset: Option<Reset>,
    /// True if hidden layers are normalised.
    pub norm: bool,
    /// True for a network without hidden layers.
    pub linear: bool,
}

/// The names of learners, with a description of each.
pub const LEARNERS: [(&str, &str); 12] = [
    ("sgd", "stochastic gradient descent"),
    ("momentum", "SGD along an average of gradients"),
    ("adam", "Adam"),
    ("adamw", "Adam with decoupled weight decay"),
    ("l2", "SGD with L2 regularisation"),
    (
        "l2-init",
        "SGD with L2 regularisation towards the initial weights",
    ),
    (
        "shrink-perturb",
        "SGD with L2 regularisation and noise on the weights",
    ),
    ("layer-norm", "SGD with normalised layers"),
    ("redo", "SGD that renews dormant units"),
    ("snr", "SGD with self-normalised resets"),
    ("cbp", "continual backpropagation"),
    ("linear", "SGD without hidden units"),
];

/// The reason why a text is no learner.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LearnerError {
    /// No learner has this name.
    #[error("there is no learner `{0}`; there are {names}", names = names())]
    Name(String),
    /// A setting is not written as `key=value`.
    #[error("`{0}` is no setting: write key=value")]
    Form(String),
    /// The learner has no such setting.
    #[error("the learner `{learner}` has no setting `{key}`; it has {keys}")]
    Key {
        /// Name of the learner.
        learner: String,
        /// The key that was given.
        key: String,
        /// The keys it has.
        keys: String,
    },
    /// The value of a setting does not fit.
    #[error("the setting `{key}` cannot be `{value}`: it takes {expected}")]
    Value {
        /// Name of the setting.
        key: String,
        /// The value that was given.
        value: String,
        /// Description of the values that fit.
        expected: &'static str,
    },
}

fn names() -> String {
    LEARNERS.map(|(name, _)| name).join(", ")
}

impl Learner {
    fn plain(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            rule: Rule::Sgd,
            rate: 0.01,
            pull: Pull::None,
            noise: None,
            reset: None,
            norm: false,
            linear: false,
        }
    }

    /// The learner of a name with its default settings.
    fn preset(name: &str) -> Option<Self> {
        let plain = Self::plain(name);
        let noise = Noise {
            deviation: 1e-3,
            every: 10,
        };
        Some(match name {
            "sgd" => plain,
            "momentum" => Self {
                rule: Rule::Momentum(0.9),
                rate: 1e-3,
                ..plain
            },
            "adam" => Self {
                rule: Rule::Adam,
                rate: 1e-3,
                ..plain
            },
            "adamw" => Self {
                rule: Rule::Adam,
                rate: 1e-3,
                pull: Pull::Decoupled(0.01),
                ..plain
            },
            "l2" => Self {
                pull: Pull::L2(1e-3),
                ..plain
            },
            "l2-init" => Self {
                pull: Pull::Initial(1e-3),
                ..plain
            },
            "shrink-perturb" => Self {
                pull: Pull::L2(1e-3),
                noise: Some(noise),
                ..plain
            },
            "layer-norm" => Self {
                norm: true,
                ..plain
            },
            "redo" => Self {
                reset: Some(Reset::Redo(Redo::default())),
                ..plain
            },
            "snr" => Self {
                reset: Some(Reset::Snr(Snr::default())),
                ..plain
            },
            "cbp" => Self {
                reset: Some(Reset::Cbp(Cbp::default())),
                ..plain
            },
            "linear" => Self {
                linear: true,
                ..plain
            },
            _ => return None,
        })
    }

    /// The keys of the learner's settings.
    fn keys(&self) -> Vec<&'static str> {
        let mut keys = vec!["rate", "rule", "momentum", "norm"];
        keys.extend(["l2", "l2-init", "decoupled", "noise", "every"]);
        keys.extend(match self.reset {
            None => &[][..],
            Some(Reset::Cbp(_)) => &[
                "replacement",
                "maturity",
                "decay",
                "utility",
                "outgoing",
                "transfer",
            ],
            Some(Reset::Redo(_)) => &["check", "threshold"],
            Some(Reset::Snr(_)) => &["share", "factor", "longest"],
        });
        keys
    }

    fn set(&mut self, key: &str, value: &str) -> Result<(), LearnerError> {
        match (key, &mut self.reset) {
            ("rate", _) => self.rate = positive(key, value)?,
            ("rule", _) => {
                self.rule = match value {
                    "sgd" => Rule::Sgd,
                    "momentum" => Rule::Momentum(0.9),
                    "adam" => Rule::Adam,
                    _ => return Err(wrong(key, value, "sgd, momentum or adam")),
                };
            }
            ("momentum", _) => self.rule = Rule::Momentum(share(key, value)?),
            ("norm", _) => self.norm = yes(key, value)?,
            ("l2", _) => self.pull = Pull::L2(positive(key, value)?),
            ("l2-init", _) => self.pull = Pull::Initial(positive(key, value)?),
            ("decoupled", _) => self.pull = Pull::Decoupled(positive(key, value)?),
            ("noise", _) => {
                let every = self.noise.map_or(10, |noise| noise.every);
                let deviation = positive(key, value)?;
                self.noise = Some(Noise { deviation, every });
            }
            ("every", _) => {
                let deviation = self.noise.map_or(1e-3, |noise| noise.deviation);
                let every = count(key, value)?;
                self.noise = Some(Noise { deviation, every });
            }
            ("replacement", Some(Reset::Cbp(own))) => own.replacement = share(key, value)?,
            ("maturity", Some(Reset::Cbp(own))) => own.maturity = count(key, value)?,
            ("decay", Some(Reset::Cbp(own))) => own.decay = share(key, value)?,
            ("utility", Some(Reset::Cbp(own))) => {
                own.utility = match value {
                    "contribution" => Utility::Contribution,
                    "adaptable" => Utility::Adaptable,
                    _ => return Err(wrong(key, value, "contribution or adaptable")),
                };
            }
            ("outgoing", Some(Reset::Cbp(own))) => {
                own.outgoing = match value {
                    "mean" => Outgoing::Mean,
                    "sum" => Outgoing::Sum,
                    _ => return Err(wrong(key, value, "mean or sum")),
                };
            }
            ("transfer", Some(Reset::Cbp(own))) => own.transfer = yes(key, value)?,
            ("check", Some(Reset::Redo(own))) => own.every = count(key, value)?,
            ("threshold", Some(Reset::Redo(own))) => own.threshold = positive(key, value)?,
            ("share", Some(Reset::Snr(own))) => own.share = share(key, value)?,
            ("factor", Some(Reset::Snr(own))) => own.factor = positive(key, value)?,
            ("longest", Some(Reset::Snr(own))) => own.longest = count(key, value)?,
            _ => {
                return Err(LearnerError::Key {
                    learner: self.name.clone(),
                    key: key.to_owned(),
                    keys: self.keys().join(", "),
                });
            }
        }
        Ok(())
    }
}

fn wrong(key: &str, value: &str, expected: &'static str) -> LearnerError {
    LearnerError::Value {
        key: key.to_owned(),
        value: value.to_owned(),
        expected,
    }
}

fn positive(key: &str, value: &str) -> Result<f32, LearnerError> {
    let number = value
        .parse()
        .ok()
        .filter(|x: &f32| *x >= 0.0 && x.is_finite());
    number.ok_or_else(|| wrong(key, value, "a number of 0 or more"))
}

fn share(key: &str, value: &str) -> Result<f32, LearnerError> {
    let number = value.parse().ok().filter(|x| (0.0..1.0).contains(x));
    number.ok_or_else(|| wrong(key, value, "a number from 0 to below 1"))
}

fn count(key: &str, value: &str) -> Result<u32, LearnerError> {
    let number = value.parse().ok().filter(|x| (1..=1_000_000).contains(x));
    number.ok_or_else(|| wrong(key, value, "a whole number from 1 to 1000000"))
}

fn yes(key: &str, value: &str) -> Result<bool, LearnerError> {
    match value {
        "yes" => Ok(true),
        "no" => Ok(false),
        _ => Err(wrong(key, value, "yes or no")),
    }
}

impl FromStr for Learner {
    type Err = LearnerError;

    /// A learner from its name and settings that differ from the default: `cbp:rate=0.003,replacement=1e-5`.
    fn from_str(text: &str) -> Result<Self, LearnerError> {
        let (name, settings) = text.split_once(':').unwrap_or((text, ""));
        let preset = Self::preset(name);
        let mut learner = preset.ok_or_else(|| LearnerError::Name(name.to_owned()))?;
        for setting in settings.split(',').filter(|setting| !setting.is_empty()) {
            let (key, value) = setting
                .split_once('=')
                .ok_or_else(|| LearnerError::Form(setting.to_owned()))?;
            learner.set(key.trim(), value.trim())?;
        }
        text.clone_into(&mut learner.name);
        Ok(learner)
    }
}

impl fmt::Display for Learner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_a_learner_and_settings_change_it() {
        for (name, _) in LEARNERS {
            assert_eq!(name.parse::<Learner>().unwrap().to_string(), name);
        }
        let learner: Learner = "cbp:rate=0.003,replacement=1e-5,outgoing=sum,rule=adam"
            .parse()
            .unwrap();
        assert_eq!((learner.rate, learner.rule), (0.003, Rule::Adam));
        let Some(Reset::Cbp(cbp)) = learner.reset else {
            panic!("{learner:?}")
        };
        assert_eq!((cbp.replacement, cbp.outgoing), (1e-5, Outgoing::Sum));
    }

    #[test]
    fn mistakes_are_named() {
        for (text, message) in [
            ("sdg", "there is no learner `sdg`; there are sgd,"),
            ("sgd:0.1", "`0.1` is no setting: write key=value"),
            (
                "sgd:maturity=5",
                "the learner `sgd` has no setting `maturity`; it has rate, rule",
            ),
            (
                "cbp:decay=2",
                "the setting `decay` cannot be `2`: it takes a number from 0 to below 1",
            ),
            (
                "l2:l2=-1",
                "the setting `l2` cannot be `-1`: it takes a number of 0 or more",
            ),
            ("sgd:rate=nan", "the setting `rate` cannot be `nan`"),
        ] {
            let error = text.parse::<Learner>().unwrap_err().to_string();
            assert!(error.starts_with(message), "{error}");
        }
    }
}
