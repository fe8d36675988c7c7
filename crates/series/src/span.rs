//! Intervals of points, as integers.

use serde::{Deserialize, Serialize};

/// The points from `start` up to, but not including, `end`, by their places in a series. Never empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Span {
    /// Place of the first point.
    pub start: usize,
    /// Place after the last point.
    pub end: usize,
}

impl Span {
    /// The points from `start` up to, but not including, `end`; `None` if there is none.
    #[must_use]
    pub fn new(start: usize, end: usize) -> Option<Self> {
        (start < end).then_some(Self { start, end })
    }

    /// Number of points.
    #[must_use]
    pub fn points(self) -> usize {
        self.end - self.start
    }

    /// True if a point is in both.
    #[must_use]
    pub fn touches(self, other: Self) -> bool {
        self.start < other.end && other.start < self.end
    }
}

/// Spans in order, those that overlap or follow each other without a gap as one, and nothing from `points` on.
#[must_use]
pub fn merged(spans: impl IntoIterator<Item = Span>, points: usize) -> Vec<Span> {
    let mut spans: Vec<Span> = spans
        .into_iter()
        .filter_map(|span| Span::new(span.start, span.end.min(points)))
        .collect();
    spans.sort_unstable();
    let mut whole: Vec<Span> = Vec::with_capacity(spans.len());
    for span in spans {
        match whole.last_mut() {
            Some(last) if span.start <= last.end => last.end = last.end.max(span.end),
            _ => whole.push(span),
        }
    }
    whole
}

/// Each span with `padding` more points on both sides, merged.
#[must_use]
pub fn padded(spans: &[Span], padding: usize, points: usize) -> Vec<Span> {
    let wider = spans.iter().map(|span| Span {
        start: span.start.saturating_sub(padding),
        end: span.end.saturating_add(padding),
    });
    merged(wider, points)
}

/// Runs of points for which `flagged` is true.
#[must_use]
pub fn runs(points: usize, flagged: impl Fn(usize) -> bool) -> Vec<Span> {
    let mut spans: Vec<Span> = Vec::new();
    for at in (0..points).filter(|at| flagged(*at)) {
        match spans.last_mut() {
            Some(last) if last.end == at => last.end = at + 1,
            _ => spans.push(Span {
                start: at,
                end: at + 1,
            }),
        }
    }
    spans
}

/// For each point, whether a span has it.
#[must_use]
pub fn mask(spans: &[Span], points: usize) -> Vec<bool> {
    let mut mask = vec![false; points];
    for span in spans {
        for flag in &mut mask[span.start.min(points)..span.end.min(points)] {
            *flag = true;
        }
    }
    mask
}

/// Number of points in spans that do not overlap.
#[must_use]
pub fn total(spans: &[Span]) -> usize {
    spans.iter().map(|span| span.points()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(start: usize, end: usize) -> Span {
        Span::new(start, end).unwrap()
    }

    #[test]
    fn spans_are_merged_where_they_meet() {
        let all = [
            span(5, 9),
            span(0, 2),
            span(2, 3),
            span(8, 12),
            span(20, 30),
        ];
        assert_eq!(merged(all, 25), [span(0, 3), span(5, 12), span(20, 25)]);
        assert_eq!(merged([span(30, 40)], 25), []);
        assert_eq!(padded(&[span(1, 2), span(8, 9)], 3, 10), [span(0, 10)]);
    }

    #[test]
    fn runs_and_masks_are_inverse() {
        let mask = mask(&[span(0, 2), span(4, 5)], 6);
        assert_eq!(runs(6, |at| mask[at]), [span(0, 2), span(4, 5)]);
        assert_eq!(Span::new(3, 3), None);
    }
}
