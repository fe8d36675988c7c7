//! Numbers over all series of a run.

use std::collections::BTreeMap;

use serde::Deserialize;
use tracestone_eval::item::Item;
use tracestone_eval::judge::{Measure, Verdict};
use tracestone_series::baseline::random;
use tracestone_series::judge::{Estimate, Marks, Summary, random_affiliation, summary};
use tracestone_series::span::{Span, total};

use super::answer::Errors;
use super::detail::Detail;
use super::files::TSB_AD;
use super::items::Material;
use super::program::Held;

/// The measures that `validate` shows for answers that only look right. The first of them gives flag-all nearly 1.
pub(super) const OPEN: &[&str] = &["overlap_f1", "weighted_f1", "point_f1", "vus_pr", "flagged"];

/// Draws of random intervals for each series.
const DRAWS: u64 = 20;
/// Families up to which each has a number of its own.
const FAMILIES: usize = 12;

/// A series with what was found in it. Where there is no answer, nothing was.
struct One {
    material: Material,
    detail: Detail,
    spans: Vec<Span>,
}

impl One {
    fn of(item: &Item, verdict: &Verdict) -> Option<Self> {
        let material = Material::of(item)?;
        let read = Detail::deserialize(&verdict.detail);
        let detail = read.unwrap_or_else(|_| Detail::nothing(&material, verdict));
        Some(Self::new(material, detail))
    }

    fn new(material: Material, detail: Detail) -> Self {
        let spans = detail
            .spans
            .iter()
            .filter_map(|(first, last)| Span::new(*first, last + 1));
        let spans = spans.collect();
        Self {
            material,
            detail,
            spans,
        }
    }

    /// The held-back series of an item that asks for a program.
    fn held(item: &Item, verdict: &Verdict) -> Vec<Self> {
        let Some(held) = Held::of(item) else {
            return Vec::new();
        };
        #[derive(Deserialize)]
        struct Each {
            each: Vec<Detail>,
        }
        let each = Each::deserialize(&verdict.detail).map(|all| all.each);
        let each = each.unwrap_or_default().into_iter().map(Some);
        let pairs = held
            .held
            .into_iter()
            .zip(each.chain(std::iter::repeat(None)));
        pairs
            .map(|(material, detail)| {
                let detail = detail.unwrap_or_else(|| Detail::nothing(&material, verdict));
                Self::new(material, detail)
            })
            .collect()
    }
}

pub(super) fn of(verdicts: &[(&Item, &Verdict)]) -> Vec<Measure> {
    let of_one = |(item, verdict): &(&Item, &Verdict)| match One::of(item, verdict) {
        Some(one) => vec![one],
        None => One::held(item, verdict),
    };
    let all: Vec<One> = verdicts.iter().flat_map(of_one).collect();
    if all.is_empty() {
        return Vec::new();
    }
    let each: Vec<Marks> = all.iter().map(|one| one.detail.marks.clone()).collect();
    let whole = summary(&each);
    let mut measures = of_spans(&whole, &all, verdicts);
    measures.extend(of_answers(&all));
    measures.extend(at_random(&all));
    measures.extend(by_family(&all));
    measures
}

/// Measures of the flagged spans, over all series.
fn of_spans(whole: &Summary, all: &[One], verdicts: &[(&Item, &Verdict)]) -> Vec<Measure> {
    let mut measures = Vec::new();
    let mut add = |name: &str, title: &str, estimate: Estimate, note: &str| {
        measures.push(measure(name, title, estimate, note));
    };
    let undefined = |share: bool| {
        if share {
            "not defined here, and counted as 0"
        } else {
            ""
        }
    };
    add(
        "overlap_f1",
        "overlap F1",
        whole.overlap.f1,
        &overlap_note(
            &whole.overlap,
            undefined(whole.overlap.undefined),
            all,
            whole.flagged.value,
        ),
    );
    add(
        "overlap_precision",
        "overlap precision",
        whole.overlap.precision,
        "",
    );
    add("overlap_recall", "overlap recall", whole.overlap.recall, "");
    add(
        "weighted_f1",
        "weighted F1",
        whole.weighted.f1,
        undefined(whole.weighted.undefined),
    );
    add(
        "point_f1",
        "point F1",
        whole.point.f1,
        undefined(whole.point.undefined),
    );
    let of_means = format!("mean of {} series with anomalies", whole.with_anomalies);
    let is_tsb_ad = |(item, _): &(&Item, &Verdict)| {
        item.facts.get("source").and_then(|name| name.as_str()) == Some(TSB_AD)
    };
    let vus_note = match verdicts.iter().all(is_tsb_ad) {
        true => format!("{of_means}; {PUBLISHED}"),
        false => of_means.clone(),
    };
    add("vus_pr", "VUS-PR", whole.vus_pr, &vus_note);
    let affiliation_note = match whole.undefined {
        0 => of_means.clone(),
        count => format!("{of_means}; not defined in {count}, and counted as 0"),
    };
    add(
        "affiliation_f1",
        "affiliation F1",
        whole.affiliation,
        &affiliation_note,
    );
    add("flagged", "share of points flagged", whole.flagged, "");
    measures
}

/// Figures that TSB-AD publishes, beside what is measured on its files.
const PUBLISHED: &str = "published by TSB-AD for the 350 series of TSB-AD-U-Eva: Sub-PCA 0.4234, matrix profile 0.3496, Chronos 0.2722";

fn overlap_note(
    share: &tracestone_series::judge::Share,
    undefined: &str,
    all: &[One],
    flagged: f64,
) -> String {
    if flagged > 0.3 && share.f1.value > 0.5 {
        return format!(
            "{:.0} % of all points are flagged: this metric gives flag-all nearly 1 and says little here",
            flagged * 100.0
        );
    }
    // One interval over everything touches every anomaly, and is false where there is none.
    let (touched, clean) = all.iter().fold((0, 0), |(touched, clean), one| {
        let anomalies = one.material.series.truth.len();
        (touched + anomalies, clean + usize::from(anomalies == 0))
    });
    let flag_all = 2.0 * touched as f64 / (2 * touched + clean).max(1) as f64;
    let warning = format!(
        "flagging every point would get {flag_all:.3} here: weighted F1 and the share flagged say more"
    );
    match (flag_all >= share.f1.value && flagged < 1.0, undefined) {
        (false, undefined) => undefined.to_owned(),
        (true, "") => warning,
        (true, undefined) => format!("{undefined}; {warning}"),
    }
}

fn measure(name: &str, title: &str, estimate: Estimate, note: &str) -> Measure {
    Measure {
        name: name.to_owned(),
        title: title.to_owned(),
        value: Some(estimate.value),
        interval: Some((estimate.low, estimate.high)),
        note: note.to_owned(),
    }
}

fn plain(name: &str, title: &str, value: f64, note: &str) -> Measure {
    Measure {
        name: name.to_owned(),
        title: title.to_owned(),
        value: Some(value),
        interval: None,
        note: note.to_owned(),
    }
}

/// Scores of as many intervals of the same lengths at random places.
fn at_random(all: &[One]) -> Vec<Measure> {
    let mut overlaps = Vec::new();
    for draw in 0..DRAWS {
        let drawn = all.iter().enumerate().map(|(at, one)| {
            let series = &one.material.series;
            let seed = at as u64 * DRAWS + draw;
            let spans = random(&one.spans, series.len(), seed);
            let mut marks = one.detail.marks.clone();
            marks.overlap = tracestone_series::judge::overlap(&series.truth, &spans);
            marks
        });
        overlaps.push(overlap_of(drawn));
    }
    let series: Vec<_> = all.iter().map(|one| &one.material.series).collect();
    let spans: Vec<&[Span]> = all.iter().map(|one| one.spans.as_slice()).collect();
    let note = format!("as many points flagged at random places, mean of {DRAWS} draws");
    vec![
        plain(
            "random_overlap_f1",
            "overlap F1 at random",
            tracestone_eval::stats::mean(&overlaps),
            &note,
        ),
        plain(
            "random_affiliation_f1",
            "affiliation F1 at random",
            random_affiliation(&series, &spans, DRAWS),
            &note,
        ),
    ]
}

/// F1 of the summed intervals.
fn overlap_of(all: impl Iterator<Item = Marks>) -> f64 {
    let (mut tp, mut rest) = (0.0, 0.0);
    for one in all {
        tp += one.overlap.tp;
        rest += one.overlap.fp + one.overlap.fn_;
    }
    if tp > 0.0 {
        2.0 * tp / (2.0 * tp + rest)
    } else {
        0.0
    }
}

/// Overlap and weighted F1 of each family, where there are several.
fn by_family(all: &[One]) -> Vec<Measure> {
    let mut families: BTreeMap<&str, Vec<Marks>> = BTreeMap::new();
    for one in all {
        families
            .entry(&one.material.series.family)
            .or_default()
            .push(one.detail.marks.clone());
    }
    // Of single series the slices by family say as much.
    if families.len() < 2 || families.len() > FAMILIES || all.len() < 2 * families.len() {
        return Vec::new();
    }
    let mut measures = Vec::new();
    for (family, marks) in families {
        let whole = summary(&marks);
        // A family without anomalies has no F1: the share flagged is what can be said of it.
        if whole.with_anomalies == 0 {
            measures.push(measure(
                &format!("flagged.{family}"),
                &format!("{family}: share flagged"),
                whole.flagged,
                "no anomalies",
            ));
            continue;
        }
        let note = format!("{} series, {} anomalies", whole.series, whole.anomalies);
        measures.push(measure(
            &format!("overlap_f1.{family}"),
            &format!("{family}: overlap F1"),
            whole.overlap.f1,
            &note,
        ));
        measures.push(measure(
            &format!("weighted_f1.{family}"),
            &format!("{family}: weighted F1"),
            whole.weighted.f1,
            "",
        ));
        measures.push(measure(
            &format!("vus_pr.{family}"),
            &format!("{family}: VUS-PR"),
            whole.vus_pr,
            "",
        ));
        measures.push(measure(
            &format!("flagged.{family}"),
            &format!("{family}: share flagged"),
            whole.flagged,
            "",
        ));
    }
    measures
}

/// Shares of requests whose answers were no use.
fn of_requests(all: &[One]) -> Vec<Measure> {
    let sum = |of: fn(&Detail) -> usize| all.iter().map(|one| of(&one.detail)).sum::<usize>();
    let requests = sum(|one| one.requests);
    // A baseline makes no request.
    if requests == 0 {
        return Vec::new();
    }
    let share = |part: usize| part as f64 / requests as f64;
    let note = format!("of {requests} requests; nothing is detected by them");
    vec![
        plain(
            "unread",
            "share of answers not read",
            share(sum(|one| one.unread)),
            &note,
        ),
        plain(
            "salvaged",
            "share of answers in another form than asked for",
            share(sum(|one| one.salvaged)),
            "read all the same",
        ),
        plain(
            "failed",
            "share of requests without a response",
            share(sum(|one| one.failed)),
            &note,
        ),
    ]
}

/// Errors of forecasts, where series were forecast.
fn of_forecasts(all: &[One]) -> Vec<Measure> {
    let errors: Vec<Errors> = all.iter().filter_map(|one| one.detail.errors).collect();
    if errors.is_empty() {
        return Vec::new();
    }
    // Series have scales of their own: errors are summed as shares of the naive error of each.
    let ratio = |of: fn(&Errors) -> f64| {
        let shares = errors
            .iter()
            .filter(|one| one.naive > 0.0)
            .map(|one| of(one) / one.naive);
        tracestone_eval::stats::mean(&shares.collect::<Vec<_>>())
    };
    let note = "mean absolute error over that of repeating the value before";
    vec![
        plain(
            "forecast_error",
            "error of the forecast",
            ratio(|one| one.model),
            note,
        ),
        plain(
            "seasonal_error",
            "error of the season before",
            ratio(|one| one.seasonal),
            note,
        ),
    ]
}

/// Numbers of the model's answers themselves.
fn of_answers(all: &[One]) -> Vec<Measure> {
    let mut measures = of_requests(all);
    let short = all.iter().filter(|one| one.detail.too_short).count();
    if short > 0 {
        measures.push(plain(
            "too_short",
            "share of series shorter than a window",
            short as f64 / all.len() as f64,
            "nothing was asked about them, so nothing was detected; `-T interval` and `-T window` decide",
        ));
    }
    measures.extend(of_forecasts(all));
    let flagged: usize = all.iter().map(|one| total(&one.spans)).sum();
    if flagged == 0 {
        measures.push(plain(
            "nothing_found",
            "series in which anything was found",
            0.0,
            "nothing was flagged in any series",
        ));
    }
    measures
}
