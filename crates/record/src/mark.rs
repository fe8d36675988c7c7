//! Marks: reasons that a program or a sample is not for everybody's training data.
//!
//! What is marked stays in the store. Exports leave it out unless they are asked to include it.

use serde::{Deserialize, Serialize};

use crate::{ProgramId, SampleId};

/// The marked thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", content = "id", rename_all = "snake_case")]
pub enum Marked {
    /// A program, and with it all its samples.
    Program(ProgramId),
    /// One sample alone.
    Sample(SampleId),
}

/// A mark with its evidence.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Mark {
    /// The marked program or sample.
    pub subject: Marked,
    /// The rule that it breaks.
    pub rule: Rule,
    /// The finding and its place, for a person; never a secret itself.
    pub evidence: String,
}

macro_rules! rules {
    ($($variant:ident = $code:literal, $what:literal;)*) => {
        /// A rule of curation. Where several hold, the first of them is the one that counts.
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
        )]
        #[serde(rename_all = "snake_case")]
        pub enum Rule {
            $(#[doc = $what] $variant,)*
        }

        impl Rule {
            /// All rules, in their order.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The rule's name in the store, in reports and in counts.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $code,)* }
            }

            /// One line for a person.
            #[must_use]
            pub fn explanation(self) -> &'static str {
                match self { $(Self::$variant => $what,)* }
            }

            /// The rule with this name.
            #[must_use]
            pub fn from_name(name: &str) -> Option<Self> {
                match name { $($code => Some(Self::$variant),)* _ => None }
            }
        }
    };
}

rules! {
    Secret = "secret", "holds a key, a token or a password";
    PersonalData = "personal_data", "holds an e-mail address, a telephone number or the like";
    BenchmarkExact = "benchmark_exact", "holds a function of a benchmark, token for token";
    BenchmarkTree = "benchmark_tree", "holds a function of a benchmark under other names";
    BenchmarkTokens = "benchmark_tokens", "holds most token sequences of a benchmark's function";
    BenchmarkProse = "benchmark_prose", "holds a sentence of a benchmark's problem";
    BenchmarkBehaviour = "benchmark_behaviour", "gives the outputs of a benchmark's function on its inputs";
    SameTree = "same_tree", "the same program as a kept one, under other names or with other literals";
    NearDuplicate = "near_duplicate", "nearly the same tokens as a kept program";
    OverProgram = "over_program", "more samples of one program than asked for";
    OverCluster = "over_cluster", "more samples of one cluster of programs than asked for";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_serde_and_lead_back() {
        for rule in Rule::ALL {
            assert_eq!(serde_json::json!(rule), rule.name());
            assert_eq!(Rule::from_name(rule.name()), Some(*rule));
        }
    }
}
