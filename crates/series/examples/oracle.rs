//! Answers for `tests/oracle/series.py`, which compares them with other people's code: a JSON object a line on
//! standard input, its answer a line on standard output.

use std::io::{self, BufRead as _, Write as _};

use serde_json::{Value, json};
use tracestone_series::convert::{Grid, Scale, text, windows};
use tracestone_series::detector::{self, Search, Threshold};
use tracestone_series::span::Span;
use tracestone_series::votes::{self, Rules};
use tracestone_series::{Series, answer, baseline, judge, matrix_profile};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    for line in io::stdin().lock().lines() {
        let asked: Value = serde_json::from_str(&line?)?;
        let answer = answered(&asked)?;
        writeln!(out, "{answer}")?;
    }
    Ok(out.flush()?)
}

fn read<T: serde::de::DeserializeOwned>(asked: &Value, name: &str) -> serde_json::Result<T> {
    serde_json::from_value(asked[name].clone())
}

/// Pairs of a first and a last place as spans.
fn spans(asked: &Value, name: &str) -> serde_json::Result<Vec<Span>> {
    let pairs: Vec<(usize, usize)> = read(asked, name)?;
    Ok(pairs
        .into_iter()
        .filter_map(|(first, last)| Span::new(first, last + 1))
        .collect())
}

fn series(times: &[i64], values: &[Option<f64>]) -> Result<Series, tracestone_series::SeriesError> {
    let points = times.iter().copied().zip(values.iter().copied());
    Series::repaired("oracle", "", points.collect())
}

fn answered(asked: &Value) -> Result<Value, Box<dyn std::error::Error>> {
    Ok(match asked["of"].as_str().unwrap_or_default() {
        "vus" => {
            let labels: Vec<bool> = read(asked, "labels")?;
            let scores: Vec<f64> = read(asked, "scores")?;
            json!(judge::vus_pr(&labels, &scores, read(asked, "window")?))
        }
        "affiliation" => {
            let (truth, found) = (spans(asked, "truth")?, spans(asked, "found")?);
            let one = judge::affiliation(&truth, &found, read(asked, "points")?);
            json!(one.map(|one| (one.precision, one.recall)))
        }
        "segments" => {
            let times: Vec<i64> = read(asked, "times")?;
            let mut series = series(&times, &vec![Some(0.0); times.len()])?;
            series.truth = spans(asked, "truth")?;
            let found = spans(asked, "found")?;
            json!([
                judge::overlap(&series.truth, &found),
                judge::weighted(&series, &found)
            ])
        }
        "convert" => converted(asked)?,
        "back" => {
            let scale: Scale = read(asked, "scale")?;
            let integers: Vec<f64> = read(asked, "integers")?;
            json!(scale.values(&integers))
        }
        "values" => {
            let text: String = read(asked, "text")?;
            json!(answer::values(&text, read(asked, "odd")?))
        }
        "resample" => {
            let series = series(
                &read::<Vec<i64>>(asked, "times")?,
                &read::<Vec<_>>(asked, "values")?,
            )?;
            json!(Grid::of(&series, Some(read(asked, "interval")?)).values)
        }
        "votes" => voted(asked)?,
        "errors" => {
            let (values, forecast): (Vec<f64>, Vec<f64>) =
                (read(asked, "values")?, read(asked, "forecast")?);
            json!(detector::errors(&values, &forecast, 0.01))
        }
        "find" => {
            let search = Search {
                threshold: if read(asked, "fixed")? {
                    Threshold::Fixed { deviations: 4.0 }
                } else {
                    Threshold::Search { from: 0, to: 10 }
                },
                padding: read(asked, "padding")?,
                ..Search::default()
            };
            let found = detector::find(&read::<Vec<f64>>(asked, "errors")?, &search);
            let rows = found
                .iter()
                .map(|one| (one.span.start, one.span.end - 1, one.score));
            json!(rows.collect::<Vec<_>>())
        }
        "profile" => {
            let values: Vec<f64> = read(asked, "values")?;
            json!(matrix_profile::profile(&values, read(asked, "points")?).distances)
        }
        "season" => json!(baseline::season(&read::<Vec<f64>>(asked, "values")?)),
        other => return Err(format!("nothing is known of `{other}`").into()),
    })
}

fn converted(asked: &Value) -> serde_json::Result<Value> {
    let values: Vec<f64> = read(asked, "values")?;
    let scale = Scale::of(&values, read(asked, "decimal")?);
    let integers = scale.integers(&values);
    let starts = windows(
        integers.len(),
        read(asked, "window")?,
        read(asked, "step")?,
        false,
    );
    Ok(json!({
        "scale": scale,
        "text": text(&integers, read(asked, "spaced")?),
        "integers": integers,
        "starts": starts,
    }))
}

fn voted(asked: &Value) -> serde_json::Result<Value> {
    let rules: Rules = read(asked, "rules")?;
    let integers: Vec<i64> = read(asked, "integers")?;
    let answers: Vec<Vec<Vec<f64>>> = read(asked, "answers")?;
    let starts = windows(integers.len(), rules.window, rules.step, false);
    let windows: Vec<(usize, Vec<usize>)> = starts
        .into_iter()
        .zip(answers)
        .map(|(start, samples)| {
            let window = &integers[start..start + rules.window];
            let places: Vec<_> = samples
                .iter()
                .map(|one| votes::places_of(window, one))
                .collect();
            (start, votes::within(&places, rules.alpha))
        })
        .collect();
    let spans = votes::spans(&windows, &rules, integers.len());
    Ok(json!(
        spans
            .iter()
            .map(|span| (span.start, span.end - 1))
            .collect::<Vec<_>>()
    ))
}
