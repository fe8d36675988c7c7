//! Columns of scores as detectors of a state: how well a threshold, or the order alone, tells rows with the state from
//! those without.

/// A row's truth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Truth {
    /// The row has the state.
    Yes,
    /// The row does not have it.
    No,
    /// The row is left out.
    Unknown,
}

/// A score for each row. Rows that are not listed share the least score.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// Rows and scores, the highest first.
    ranked: Vec<(u32, f32)>,
    rows: usize,
}

/// The best that thresholds of a column reach.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Best {
    /// The highest F1 score.
    pub f1: f64,
    /// The threshold that reaches it.
    pub f1_at: f32,
    /// The highest correlation of firing and state (Matthews).
    pub mcc: f64,
    /// The threshold that reaches it.
    pub mcc_at: f32,
    /// The area under the curve of true and false positives.
    pub auroc: f64,
}

/// Rows by decision and truth.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Counts {
    /// Rows with the state that are found.
    pub hits: f64,
    /// Rows without it that are taken for it.
    pub false_alarms: f64,
    /// Rows with the state that are missed.
    pub misses: f64,
    /// Rows without it that are passed over.
    pub passes: f64,
}

impl Counts {
    /// The harmonic mean of precision and recall; 0 where nothing is found.
    #[must_use]
    pub fn f1(self) -> f64 {
        let all = 2.0 * self.hits + self.false_alarms + self.misses;
        if all > 0.0 {
            2.0 * self.hits / all
        } else {
            0.0
        }
    }

    /// Matthews' correlation coefficient; 0 where it is not defined.
    #[must_use]
    pub fn mcc(self) -> f64 {
        let Self {
            hits,
            false_alarms,
            misses,
            passes,
        } = self;
        let below =
            (hits + false_alarms) * (hits + misses) * (passes + false_alarms) * (passes + misses);
        if below > 0.0 {
            (hits * passes - false_alarms * misses) / below.sqrt()
        } else {
            0.0
        }
    }

    /// Adds other counts so many times.
    pub fn add(&mut self, other: Self, times: f64) {
        self.hits += times * other.hits;
        self.false_alarms += times * other.false_alarms;
        self.misses += times * other.misses;
        self.passes += times * other.passes;
    }
}

impl Column {
    /// Of a feature's firing rows; others have the score 0.
    #[must_use]
    pub fn sparse(firing: &[(u32, f32)], rows: usize) -> Self {
        Self::ranked(firing.to_vec(), rows)
    }

    /// Of a score for each row.
    #[must_use]
    pub fn dense(scores: impl IntoIterator<Item = f32>) -> Self {
        let ranked: Vec<(u32, f32)> = (0_u32..).zip(scores).collect();
        let rows = ranked.len();
        Self::ranked(ranked, rows)
    }

    fn ranked(mut ranked: Vec<(u32, f32)>, rows: usize) -> Self {
        ranked.sort_unstable_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        Self { ranked, rows }
    }

    /// The best thresholds for a truth, of which there is one for each row.
    #[must_use]
    pub fn best(&self, truth: &[Truth]) -> Best {
        let count = |what: Truth| truth.iter().filter(|one| **one == what).count() as f64;
        let (yes, no) = (count(Truth::Yes), count(Truth::No));
        let mut best = Best {
            f1: 0.0,
            f1_at: f32::INFINITY,
            mcc: 0.0,
            mcc_at: f32::INFINITY,
            auroc: self.auroc(truth, None),
        };
        let (mut hits, mut false_alarms) = (0.0, 0.0);
        let mut rest = self.ranked.iter().peekable();
        while let Some((row, score)) = rest.next() {
            match truth[*row as usize] {
                Truth::Yes => hits += 1.0,
                Truth::No => false_alarms += 1.0,
                Truth::Unknown => {}
            }
            if rest.peek().is_some_and(|(_, next)| next == score) {
                continue;
            }
            let counts = Counts {
                hits,
                false_alarms,
                misses: yes - hits,
                passes: no - false_alarms,
            };
            if counts.f1() > best.f1 {
                (best.f1, best.f1_at) = (counts.f1(), *score);
            }
            if counts.mcc() > best.mcc {
                (best.mcc, best.mcc_at) = (counts.mcc(), *score);
            }
        }
        best
    }

    /// Share of pairs of a row with the state and one without in which the first has the higher score; equal scores
    /// count half. `times` says how often each row counts. A half where there are no pairs.
    #[must_use]
    pub fn auroc(&self, truth: &[Truth], times: Option<&[f64]>) -> f64 {
        let weight = |row: usize| times.map_or(1.0, |times| times[row]);
        let (mut yes, mut no, mut won) = (0.0, 0.0, 0.0);
        let (mut tied_yes, mut tied_no) = (0.0, 0.0);
        let mut rest = self.ranked.iter().peekable();
        while let Some((row, score)) = rest.next() {
            let row = *row as usize;
            match truth[row] {
                Truth::Yes => tied_yes += weight(row),
                Truth::No => tied_no += weight(row),
                Truth::Unknown => {}
            }
            if rest.peek().is_none_or(|(_, next)| next != score) {
                won += tied_no * (yes + 0.5 * tied_yes);
                yes += tied_yes;
                no += tied_no;
                (tied_yes, tied_no) = (0.0, 0.0);
            }
        }
        if self.ranked.len() < self.rows {
            // All others are tied at the end.
            let (mut all_yes, mut all_no) = (0.0, 0.0);
            for (row, truth) in truth.iter().enumerate() {
                match truth {
                    Truth::Yes => all_yes += weight(row),
                    Truth::No => all_no += weight(row),
                    Truth::Unknown => {}
                }
            }
            won += (all_no - no) * (yes + 0.5 * (all_yes - yes));
            (yes, no) = (all_yes, all_no);
        }
        if yes * no > 0.0 {
            won / (yes * no)
        } else {
            0.5
        }
    }

    /// Decisions of a threshold by group, of which each row has one.
    #[must_use]
    pub fn counts(&self, truth: &[Truth], at: f32, group: &[usize], groups: usize) -> Vec<Counts> {
        let mut fires = vec![false; self.rows];
        for (row, score) in &self.ranked {
            fires[*row as usize] = *score >= at;
        }
        let mut counts = vec![Counts::default(); groups];
        for ((truth, fires), group) in truth.iter().zip(fires).zip(group) {
            let own = &mut counts[*group];
            match (truth, fires) {
                (Truth::Yes, true) => own.hits += 1.0,
                (Truth::Yes, false) => own.misses += 1.0,
                (Truth::No, true) => own.false_alarms += 1.0,
                (Truth::No, false) => own.passes += 1.0,
                (Truth::Unknown, _) => {}
            }
        }
        counts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn truth(text: &str) -> Vec<Truth> {
        let each = text.chars().map(|one| match one {
            '1' => Truth::Yes,
            '0' => Truth::No,
            _ => Truth::Unknown,
        });
        each.collect()
    }

    #[test]
    fn scores_are_those_of_the_textbook() {
        // By hand, and by scikit-learn's roc_auc_score, f1_score and matthews_corrcoef.
        let truth = truth("1101001?");
        let column = Column::dense([0.9, 0.8, 0.7, 0.6, 0.55, 0.5, 0.5, 2.0]);
        let best = column.best(&truth);
        assert!((best.f1 - 0.75).abs() < 1e-9, "{best:?}");
        assert!((best.f1_at - 0.6).abs() < 1e-6);
        // Won: 3 + 3 + 2 + 0.5 of 12 pairs.
        assert!((best.auroc - 8.5 / 12.0).abs() < 1e-9, "{best:?}");
        assert!((best.mcc - 6.0 / 120.0_f64.sqrt()).abs() < 1e-9, "{best:?}");
        let counts = column.counts(&truth, 0.6, &[0, 0, 0, 1, 1, 1, 1, 1], 2);
        assert!((counts[0].hits - 2.0).abs() < 1e-9 && (counts[1].misses - 1.0).abs() < 1e-9);
    }

    #[test]
    fn rows_that_do_not_fire_are_tied() {
        let truth = truth("10100");
        let column = Column::sparse(&[(0, 2.0), (3, 1.0)], 5);
        // Row 0 wins against three; row 2 is tied with two and loses against one.
        assert!((column.auroc(&truth, None) - 4.0 / 6.0).abs() < 1e-9);
        let twice = [2.0, 1.0, 0.0, 1.0, 1.0];
        assert!((column.auroc(&truth, Some(&twice)) - 1.0).abs() < 1e-9);
        let best = column.best(&truth);
        assert!((best.f1 - 2.0 / 3.0).abs() < 1e-9 && (best.f1_at - 2.0).abs() < 1e-6);
        assert!((Column::sparse(&[], 5).best(&truth).auroc - 0.5).abs() < 1e-9);
    }
}
