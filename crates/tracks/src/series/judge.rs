//! The judge of anomalies.

use serde::Deserialize;
use serde_json::json;
use tracestone_eval::answer::{Extraction, Found, said};
use tracestone_eval::figure::Figure;
use tracestone_eval::item::Item;
use tracestone_eval::judge::{Cheat, Judge, Judgement, Measure, Status, Verdict};
use tracestone_eval::seen::Seen;
use tracestone_series::Series;
use tracestone_series::baseline::{Baseline, Detection};
use tracestone_series::judge::{Marks, marks, overlap, point};
use tracestone_series::span::{Span, padded, total};

use super::answer::{Answer, pairs};
use super::items::Material;
use super::{figure, measures, seen};

pub(super) const NAME: &str = "series-anomalies";

/// Compares found intervals with the truth.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SeriesJudge {
    /// Points by which a found interval may reach beyond a true one on each side, in points of the series. A mode
    /// that pads what it finds needs as many.
    tolerance: usize,
}

impl SeriesJudge {
    /// The judge with this many points beyond a true interval allowed.
    pub(super) fn new(tolerance: usize) -> Self {
        Self { tolerance }
    }

    /// True if every anomaly was found and nothing else was flagged.
    pub(super) fn is_solved(&self, series: &Series, found: &Detection) -> bool {
        let counts = overlap(&series.truth, &found.spans);
        if counts.fn_ > 0.0 || counts.fp > 0.0 {
            return false;
        }
        let allowed = padded(&series.truth, self.tolerance, series.len());
        let is_within = |span: &Span| {
            let holds = |one: &Span| one.start <= span.start && span.end <= one.end;
            allowed.iter().any(holds)
        };
        // However wide the tolerance: who flags most of what is usual has told nothing apart.
        let points = point(&series.truth, &found.spans, series.len());
        let usual = series.len() - total(&series.truth);
        found.spans.iter().all(is_within) && 2.0 * points.fp <= usual as f64
    }
}

/// The share of a series that is right: F1 of its points; of a series without anomalies, 1 if nothing was flagged.
pub(super) fn credit(series: &Series, marks: &Marks) -> f64 {
    if series.truth.is_empty() && marks.flagged == 0 {
        return 1.0;
    }
    marks.point.f1().unwrap_or(0.0)
}

impl Judge for SeriesJudge {
    fn name(&self) -> &'static str {
        NAME
    }

    fn version(&self) -> u32 {
        2
    }

    fn find<'a>(&self, _: &Item, response: &'a str, _: Extraction) -> Option<Found<'a>> {
        // What an episode makes is one object; marks are those of `validate` and of responses made elsewhere.
        let text = response.trim();
        let text = if text.starts_with('{') {
            text
        } else {
            said(text).trim()
        };
        let marked = text
            .strip_prefix("[ANSWER]")
            .and_then(|rest| rest.strip_suffix("[/ANSWER]"));
        let text = marked.unwrap_or(text).trim();
        (!text.is_empty()).then_some(Found {
            text: text.into(),
            rule: "whole",
            closed: true,
        })
    }

    fn judge(&self, item: &Item, answer: &str) -> Judgement {
        let unparsable = |why: &str| {
            let mut verdict = Verdict::none(Status::Unparsable, "no_intervals");
            verdict.detail = json!({ "why": why });
            Judgement::Decided(verdict)
        };
        let Some(material) = Material::of(item) else {
            return unparsable("the item has no series");
        };
        let (answer, found) = match Answer::read(answer, material.series.len()) {
            Ok(read) => read,
            Err(why) => return unparsable(&why),
        };
        let marks = marks(&material.series, &found, material.season);
        let solved = self.is_solved(&material.series, &found);
        let spans = pairs(&found.spans);
        let credit = credit(&material.series, &marks);
        Judgement::Decided(Verdict {
            status: if solved {
                Status::Correct
            } else {
                Status::Wrong
            },
            reason: reason(&material.series, &found, solved).to_owned(),
            credit: if solved { 1.0 } else { credit.min(0.999_999) },
            answer: None,
            parsed: Some(json!(spans).to_string()),
            detail: json!({
                "marks": marks,
                "spans": spans,
                "point_f1": credit,
                "requests": answer.requests,
                "failed": answer.failed,
                "unread": answer.unread,
                "salvaged": answer.salvaged,
                "first_unread": answer.example,
                "too_short": answer.too_short,
                "errors": answer.errors,
            }),
        })
    }

    fn cheats(&self, item: &Item) -> Vec<Cheat> {
        let Some(material) = Material::of(item) else {
            return Vec::new();
        };
        let points = material.series.len();
        let is_clean = material.series.truth.is_empty();
        let spans = |spans: Vec<(usize, usize)>| {
            Answer {
                spans,
                ..Answer::default()
            }
            .text()
        };
        let every_other = (0..points).step_by(2).map(|at| (at, at)).collect();
        let cheat = |name, response, correct| Cheat {
            name,
            response,
            correct,
        };
        vec![
            cheat("flag-all", spans(vec![(0, points - 1)]), Some(false)),
            cheat("flag-every-other", spans(every_other), Some(false)),
            // Of a series without anomalies it is the truth.
            cheat("flag-none", spans(Vec::new()), Some(is_clean)),
            cheat("flag-first", spans(vec![(0, 0)]), None),
        ]
    }

    fn baselines(&self, item: &Item) -> Vec<(&'static str, String)> {
        let Some(material) = Material::of(item) else {
            return Vec::new();
        };
        let values = material.series.filled();
        let answer = |baseline: Baseline| {
            let found = baseline.detect(&values, material.season);
            (baseline.name(), Answer::of(&found).text())
        };
        Baseline::ALL.map(answer).into()
    }

    fn measures(&self, verdicts: &[(&Item, &Verdict)]) -> Vec<Measure> {
        measures::of(verdicts)
    }

    fn openly(&self) -> &'static [&'static str] {
        measures::OPEN
    }

    fn seen(&self, item: &Item, verdict: &Verdict) -> Option<Seen> {
        seen::of(&Material::of(item)?, verdict)
    }

    fn figure(&self, item: &Item, verdict: &Verdict) -> Option<Figure> {
        figure::of(&Material::of(item)?, verdict)
    }
}

/// The outcome in a word that can be counted.
fn reason(series: &Series, found: &Detection, solved: bool) -> &'static str {
    let counts = overlap(&series.truth, &found.spans);
    match (solved, counts.fn_ > 0.0, counts.fp > 0.0) {
        (true, ..) if series.truth.is_empty() => "rightly_nothing",
        (true, ..) => "all_found",
        (false, true, true) => "missed_and_false",
        (false, true, false) => "missed",
        (false, false, true) => "false_alarm",
        (false, false, false) => "too_wide",
    }
}
