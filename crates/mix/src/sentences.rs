//! The rules of a selection in words, for cards.

use crate::choice::{Choice, DEFAULT_MIX, Limits, Per, Shares, Trivial};
use crate::fact::Sign;

impl Choice {
    /// One sentence for each rule, in Markdown; none for a choice that takes all.
    #[must_use]
    pub fn sentences(&self) -> Vec<String> {
        let mut out = Vec::new();
        match self.mix.as_deref() {
            Some(DEFAULT_MIX) => out.push(
                "Mix: the default one, in which less telling questions are few; `--all` exports every sample."
                    .to_owned(),
            ),
            Some(name) => out.push(format!("Mix: the file `{}`.", name.replace('`', "'"))),
            None => {}
        }
        if !self.origins.is_empty() {
            let names: Vec<_> = self
                .origins
                .iter()
                .map(|kind| format!("`{}`", kind.name()))
                .collect();
            out.push(format!("Origins of calls: only {}.", names.join(", ")));
        }
        match self.trivial {
            Trivial::Keep => {}
            Trivial::Drop => out.push("Trivial questions (`facts.trivial`): none.".to_owned()),
            Trivial::Only => out.push("Trivial questions (`facts.trivial`): only they.".to_owned()),
        }
        for condition in &self.conditions {
            out.push(format!("Only where `{condition}` (both ends included; samples without the fact are left out)."));
        }
        for per in Per::ALL {
            if let Some(most) = self.max_per.get(&per) {
                out.push(format!(
                    "At most {most} of each {}{}.",
                    per.name(),
                    if per == Per::Answer {
                        ", in one kind of question"
                    } else {
                        ""
                    }
                ));
            }
        }
        if let Some(limits) = &self.limits {
            of_limits(limits, &mut out);
        }
        if let Some(shares) = &self.shares {
            of_shares(shares, &mut out);
        }
        if let Some(fitted) = &self.difficulty {
            out.push(format!(
                "Difficulty (`facts.difficulty`): fitted on {} answers of models to {} questions.",
                fitted.answers, fitted.questions
            ));
        }
        if self.seed != 0 && !self.is_plain() {
            out.push(format!("Seed of these choices: {}.", self.seed));
        }
        out
    }
}

fn of_limits(limits: &Limits, out: &mut Vec<String>) {
    for sign in Sign::ALL {
        if let Some(share) = limits.of(sign) {
            out.push(format!(
                "Of each kind in each part of the split at most {share} {}.",
                sign.description()
            ));
        }
    }
    if let Some(share) = limits.answer {
        out.push(format!(
            "Of each kind in each part of the split at most {share} with the same answer (twice an even share, \
             where that is more)."
        ));
    }
    match limits.annotated_repeats {
        Some(1) => out.push(
            "No two `annotated` rows with the same answer in a part of the split.".to_owned(),
        ),
        Some(most) => out.push(format!(
            "At most {most} `annotated` rows with the same answer in a part of the split."
        )),
        None => {}
    }
}

fn of_shares(shares: &Shares, out: &mut Vec<String>) {
    if !shares.kinds.is_empty() {
        let listed: Vec<_> = shares
            .kinds
            .iter()
            .map(|(kind, share)| format!("`{}` {share}", kind.name()))
            .collect();
        out.push(format!("Shares of kinds: {}.", listed.join(", ")));
    }
    if !shares.difficulty.is_empty() {
        let listed: Vec<_> = shares
            .difficulty
            .iter()
            .map(|band| format!("{} {}", band.range, band.share))
            .collect();
        out.push(format!(
            "Shares of difficulty (`facts.difficulty`) in each kind: {}.",
            listed.join(", ")
        ));
    }
    if let Some(rows) = shares.rows {
        out.push(format!("At most {rows} rows, in these shares."));
    }
}
