//! Curves over the steps of a stream, with their intervals as bands.

use std::fmt::Write as _;

use tracestone_stats::Estimate;

use crate::plot::escape;

/// Number of colours of the page's style.
const COLOURS: usize = 11;
/// Points of a curve that are drawn; more cannot be told apart.
const POINTS: usize = 120;

const WIDTH: f64 = 660.0;
const HEIGHT: f64 = 260.0;
const LEFT: f64 = 56.0;
const RIGHT: f64 = 12.0;
const TOP: f64 = 12.0;
const BOTTOM: f64 = 40.0;

/// A curve: the index of its colour, its name, and steps with numbers.
pub(super) struct Curve {
    pub(super) colour: usize,
    pub(super) name: String,
    pub(super) points: Vec<(u64, Estimate)>,
}

/// Name of a colour in the page's style.
pub(super) fn colour(at: usize) -> String {
    format!("c{}", at % COLOURS)
}

/// A drawing of curves; curves that are not finite anywhere are left out.
pub(super) fn curves(label: &str, across: &str, curves: &[Curve]) -> String {
    let curves: Vec<Curve> = curves.iter().map(thinned).collect();
    let all = || curves.iter().flat_map(|curve| &curve.points);
    let last = all().map(|(step, _)| *step).max().unwrap_or(1).max(1);
    let (low, high, tick) = scale(all().map(|(_, value)| *value));
    let x_of = |step: u64| LEFT + (WIDTH - LEFT - RIGHT) * real(step) / real(last);
    let y_of =
        |value: f64| TOP + (HEIGHT - TOP - BOTTOM) * (high - value.clamp(low, high)) / (high - low);
    let mut svg = format!(
        "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {WIDTH} {HEIGHT}' role='img' class='{}' aria-label='{}'>",
        if curves.len() > 4 { "many" } else { "few" },
        escape(label)
    );
    let mut value = low;
    while value <= high + tick * 0.01 {
        let y = y_of(value);
        let _ = write!(
            svg,
            "<line class='grid' x1='{LEFT}' x2='{:.1}' y1='{y:.1}' y2='{y:.1}'/><text class='end' x='{:.1}' \
             y='{:.1}'>{}</text>",
            WIDTH - RIGHT,
            LEFT - 6.0,
            y + 4.0,
            number(value, tick)
        );
        value += tick;
    }
    for part in 0..=4 {
        let step = last * part / 4;
        let anchor =
            ["start", "middle", "middle", "middle", "end"][usize::try_from(part).unwrap_or(0)];
        let _ = write!(
            svg,
            "<text class='{anchor}' x='{:.1}' y='{:.1}'>{}</text>",
            x_of(step),
            HEIGHT - BOTTOM + 16.0,
            thousands(step)
        );
    }
    let middle = f64::midpoint(LEFT, WIDTH - RIGHT);
    let _ = write!(
        svg,
        "<text class='middle' x='{middle:.1}' y='{:.1}'>{}</text>",
        HEIGHT - 6.0,
        escape(across)
    );
    for curve in &curves {
        draw(&mut svg, curve, &x_of, &y_of);
    }
    svg.push_str("</svg>");
    svg
}

/// The curve with neighbouring points averaged until there are few.
fn thinned(curve: &Curve) -> Curve {
    let each = curve.points.len().div_ceil(POINTS).max(1);
    let group = |points: &[(u64, Estimate)]| -> Option<(u64, Estimate)> {
        let (step, _) = points.last()?;
        let mean = |of: fn(&Estimate) -> f64| {
            points.iter().map(|(_, value)| of(value)).sum::<f64>() / real(points.len() as u64)
        };
        let value = Estimate {
            value: mean(|e| e.value),
            low: mean(|e| e.low),
            high: mean(|e| e.high),
        };
        value.value.is_finite().then_some((*step, value))
    };
    Curve {
        colour: curve.colour,
        name: curve.name.clone(),
        points: curve.points.chunks(each).filter_map(group).collect(),
    }
}

/// Lower end, upper end and distance of the lines of a scale that starts at 0.
fn scale(values: impl Iterator<Item = Estimate>) -> (f64, f64, f64) {
    let mut means: Vec<f64> = values
        .map(|value| value.value)
        .filter(|value| value.is_finite())
        .collect();
    means.sort_by(f64::total_cmp);
    // A learner that explodes must not make the others flat.
    let most = means.last().copied().unwrap_or(1.0);
    let usual = means.get(means.len() * 9 / 10).copied().unwrap_or(1.0);
    let high = most.min(3.0 * usual).max(1e-9);
    let power = 10.0_f64.powf((high / 4.0).log10().floor());
    let tick = [1.0, 2.0, 5.0, 10.0]
        .into_iter()
        .map(|times| times * power)
        .find(|tick| high / tick <= 5.0)
        .unwrap_or(10.0 * power);
    (0.0, (high * 1.05 / tick).ceil() * tick, tick)
}

fn draw(svg: &mut String, curve: &Curve, x_of: &dyn Fn(u64) -> f64, y_of: &dyn Fn(f64) -> f64) {
    if curve.points.is_empty() {
        return;
    }
    let path = |of: fn(&Estimate) -> f64, back: bool| {
        let mut points: Vec<String> = curve
            .points
            .iter()
            .map(|(step, value)| format!("{:.1},{:.1}", x_of(*step), y_of(of(value))))
            .collect();
        if back {
            points.reverse();
        }
        points.join(" ")
    };
    let (above, below, middle) = (
        path(|e| e.high, false),
        path(|e| e.low, true),
        path(|e| e.value, false),
    );
    let _ = write!(
        svg,
        "<g class='{}'><title>{}</title><polygon points='{above} {below}'/><polyline points='{middle}'/></g>",
        colour(curve.colour),
        escape(&curve.name)
    );
}

fn number(value: f64, tick: f64) -> String {
    let digits = usize::from(tick < 1.0) + usize::from(tick < 0.1) + usize::from(tick < 0.01);
    format!("{value:.digits$}")
}

fn thousands(step: u64) -> String {
    match step {
        0 => "0".to_owned(),
        step if step >= 1_000_000 => format!("{:.2} M", real(step) / 1e6),
        step => format!("{:.0} k", real(step) / 1e3),
    }
}

#[expect(clippy::cast_precision_loss, reason = "a place on a drawing")]
fn real(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_learner_that_explodes_leaves_the_others_readable_and_names_are_escaped() {
        let value = |value: f64| Estimate {
            value,
            low: value - 0.1,
            high: value + 0.1,
        };
        let steady = Curve {
            colour: 0,
            name: "<b>".to_owned(),
            points: (1..=100).map(|step| (step * 1_000, value(0.5))).collect(),
        };
        let wild = Curve {
            colour: 1,
            name: "wild".to_owned(),
            points: vec![(1_000, value(1e30)), (2_000, value(f64::NAN))],
        };
        let svg = curves("error", "steps", &[steady, wild]);
        assert!(svg.contains("&lt;b&gt;") && !svg.contains("<b>"));
        assert!(svg.contains(">0.5<") && svg.contains(">100 k<"), "{svg}");
        assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
        assert!(curves("nothing", "steps", &[]).ends_with("</svg>"));
    }
}
