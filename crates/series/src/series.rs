//! A series of values in time with its anomalies.

use serde::{Deserialize, Serialize};

use crate::span::Span;

/// Values in time, with the intervals in which they are anomalous.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Series {
    /// Name, unique among the series that are judged together.
    pub id: String,
    /// The group by which scores are shown, such as a subset of a benchmark or the kind of anomaly.
    pub family: String,
    /// Time of each point in seconds, strictly increasing.
    pub times: Vec<i64>,
    /// Value of each point; `None` where it is missing.
    pub values: Vec<Option<f64>>,
    /// Anomalies in order, which do not touch each other.
    pub truth: Vec<Span>,
    /// Repairs made when it was read.
    #[serde(default, skip_serializing_if = "Repairs::is_empty")]
    pub repairs: Repairs,
}

/// Number of repairs by kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Repairs {
    /// Values that were missing or not finite. They stay missing, and are imputed by the mean when text is made.
    #[serde(skip_serializing_if = "is_zero")]
    pub missing: usize,
    /// Points that came after a later one, and were sorted.
    #[serde(skip_serializing_if = "is_zero")]
    pub unsorted: usize,
    /// Points at the time of an earlier point, which were averaged with it.
    #[serde(skip_serializing_if = "is_zero")]
    pub duplicates: usize,
    /// Steps longer or shorter than the most frequent one; resampling makes them equal.
    #[serde(skip_serializing_if = "is_zero")]
    pub unequal_steps: usize,
    /// Labelled intervals in which there is no point, which were left out.
    #[serde(skip_serializing_if = "is_zero")]
    pub labels_outside: usize,
    /// Labelled intervals that touch or overlap another one, with which they became one anomaly.
    #[serde(skip_serializing_if = "is_zero")]
    pub labels_joined: usize,
    /// Rows without a value or a label, of a form that leaves them out.
    #[serde(skip_serializing_if = "is_zero")]
    pub rows_left_out: usize,
}

fn is_zero(count: &usize) -> bool {
    *count == 0
}

impl Repairs {
    /// True if nothing was repaired.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Every kind that occurred, with its number.
    #[must_use]
    pub fn counted(&self) -> Vec<(&'static str, usize)> {
        let all = [
            ("missing values", self.missing),
            ("points out of order", self.unsorted),
            ("duplicate timestamps", self.duplicates),
            ("unequal steps", self.unequal_steps),
            ("labels without a point", self.labels_outside),
            ("labels joined with others", self.labels_joined),
            ("rows left out", self.rows_left_out),
        ];
        all.into_iter().filter(|(_, count)| *count > 0).collect()
    }
}

/// Error of making a series.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SeriesError {
    /// There is no point.
    #[error("{0} has no values")]
    Empty(String),
    /// There is no value at any point.
    #[error("{0} has {1} points, and every value is missing")]
    AllMissing(String, usize),
}

impl Series {
    /// Sorts points, averages those at the same time, and counts what it repaired. A value that is not finite
    /// is missing. The series has no anomalies yet.
    ///
    /// # Errors
    /// There is no value.
    pub fn repaired(
        id: &str,
        family: &str,
        points: Vec<(i64, Option<f64>)>,
    ) -> Result<Self, SeriesError> {
        if points.is_empty() {
            return Err(SeriesError::Empty(id.to_owned()));
        }
        let mut points: Vec<(i64, Option<f64>)> = points
            .into_iter()
            .map(|(time, value)| (time, value.filter(|value| value.is_finite())))
            .collect();
        let mut repairs = Repairs {
            missing: points.iter().filter(|(_, value)| value.is_none()).count(),
            ..Repairs::default()
        };
        if repairs.missing == points.len() {
            return Err(SeriesError::AllMissing(id.to_owned(), points.len()));
        }
        let mut latest = i64::MIN;
        for (time, _) in &points {
            repairs.unsorted += usize::from(*time < latest);
            latest = latest.max(*time);
        }
        points.sort_by_key(|(time, _)| *time);
        let mut times = Vec::with_capacity(points.len());
        let mut values = Vec::with_capacity(points.len());
        for same in points.chunk_by(|one, other| one.0 == other.0) {
            repairs.duplicates += same.len() - 1;
            let there: Vec<f64> = same.iter().filter_map(|(_, value)| *value).collect();
            times.push(same[0].0);
            values.push((!there.is_empty()).then(|| crate::mean(&there)));
        }
        let mut series = Self {
            id: id.to_owned(),
            family: family.to_owned(),
            times,
            values,
            truth: Vec::new(),
            repairs,
        };
        let step = series.step();
        let steps = series.times.windows(2).map(|pair| pair[1] - pair[0]);
        series.repairs.unequal_steps = steps.filter(|one| *one != step).count();
        Ok(series)
    }

    /// Adds an anomaly from one time to another, both included. One without a point, or one that touches an anomaly that
    /// is there already, is counted as a repair.
    pub fn label(&mut self, first: i64, last: i64) {
        let start = self.times.partition_point(|time| *time < first);
        let end = self.times.partition_point(|time| *time <= last);
        match Span::new(start, end) {
            None => self.repairs.labels_outside += 1,
            Some(span) => {
                let before = self.truth.len();
                let spans = self.truth.iter().copied().chain([span]);
                self.truth = crate::span::merged(spans, self.len());
                self.repairs.labels_joined += before + 1 - self.truth.len();
            }
        }
    }

    /// Number of points.
    #[must_use]
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// True if there is no point, which no reader gives.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// The most frequent time between neighbouring points, the smallest of equally frequent ones; 1 for one point.
    #[must_use]
    pub fn step(&self) -> i64 {
        let mut steps: Vec<i64> = self
            .times
            .windows(2)
            .map(|pair| pair[1] - pair[0])
            .collect();
        steps.sort_unstable();
        let groups = steps.chunk_by(|one, other| one == other);
        // Of equally long groups the first is the one with the smallest step.
        let best = groups.reduce(|best, next| if next.len() > best.len() { next } else { best });
        best.map_or(1, |group| group[0])
    }

    /// All values, those that are missing as the mean of the others.
    #[must_use]
    pub fn filled(&self) -> Vec<f64> {
        crate::convert::impute(&self.values)
    }

    /// The time of the first and of the last point of a span.
    #[must_use]
    pub fn period(&self, span: Span) -> (i64, i64) {
        let last = self.times.len().saturating_sub(1);
        let time = |at: usize| self.times.get(at.min(last)).copied().unwrap_or(0);
        (time(span.start), time(span.end - 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repairs_are_counted() {
        let points = vec![
            (60, Some(1.0)),
            (0, Some(5.0)),
            (120, None),
            (120, Some(3.0)),
            (120, Some(5.0)),
            (300, Some(f64::NAN)),
            (180, Some(2.0)),
        ];
        let mut series = Series::repaired("a", "", points).unwrap();
        assert_eq!(series.times, [0, 60, 120, 180, 300]);
        assert_eq!(series.values[2], Some(4.0));
        let expected = Repairs {
            missing: 2,
            unsorted: 2,
            duplicates: 2,
            unequal_steps: 1,
            labels_outside: 0,
            labels_joined: 0,
            rows_left_out: 0,
        };
        assert_eq!(series.repairs, expected);
        series.label(60, 130);
        series.label(190, 290);
        assert_eq!(series.truth, [Span::new(1, 3).unwrap()]);
        assert_eq!(series.repairs.labels_outside, 1);
        series.label(180, 180);
        assert_eq!(series.truth, [Span::new(1, 4).unwrap()]);
        assert_eq!(series.repairs.labels_joined, 1);
        assert_eq!(series.period(series.truth[0]), (60, 180));
        // The mean of 5, 1, 4 and 2.
        assert_eq!(series.filled()[4], 3.0);
    }

    #[test]
    fn nothing_is_no_series() {
        assert!(Series::repaired("a", "", Vec::new()).is_err());
        let error = Series::repaired("a", "", vec![(0, None), (1, None)]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "a has 2 points, and every value is missing"
        );
    }
}
