//! Commands that a program without the feature `lab` knows by name.

use std::ffi::OsString;

use clap::{Args as ClapArgs, Subcommand};

/// Commands of the feature `lab`.
#[derive(Debug, Subcommand)]
pub(crate) enum AbsentCommand {
    /// Make data in Karel, a small language with exchangeable semantics, or run its programs (not in this build).
    Karel(Rest),
    /// Train and score small language models (not in this build).
    Lm(Rest),
    /// Write a model's activations at the tokens of a latent ledger (not in this build).
    Acts(Rest),
    /// Read variables from activations (not in this build).
    Probe(Rest),
    /// Patch a model's activations, or change the data's semantics (not in this build).
    Causal(Rest),
    /// Train and measure sparse autoencoders of activations (not in this build).
    Sae(Rest),
    /// Measure what learning from a changing stream does to small networks (not in this build).
    Plasticity(Rest),
    /// Run a whole experiment, from data to report (not in this build).
    Demo(Rest),
}

/// Whatever else was typed.
#[derive(Debug, Clone, ClapArgs)]
#[command(disable_help_flag = true)]
pub(crate) struct Rest {
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, hide = true)]
    pub(crate) rest: Vec<OsString>,
}

impl AbsentCommand {
    /// The command's name and what was typed after it.
    pub(crate) fn typed(&self) -> (&'static str, &[OsString]) {
        let (name, rest) = match self {
            Self::Karel(rest) => ("karel", rest),
            Self::Lm(rest) => ("lm", rest),
            Self::Acts(rest) => ("acts", rest),
            Self::Probe(rest) => ("probe", rest),
            Self::Causal(rest) => ("causal", rest),
            Self::Sae(rest) => ("sae", rest),
            Self::Plasticity(rest) => ("plasticity", rest),
            Self::Demo(rest) => ("demo", rest),
        };
        (name, &rest.rest)
    }
}
