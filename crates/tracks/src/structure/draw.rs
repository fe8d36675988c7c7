//! Answers drawn beside their references.

use tracestone_eval::figure::{Figure, Ink, Shape};
use tracestone_structure::check::{Check, bonded};
use tracestone_structure::geometry::Point;
use tracestone_structure::model::Model;
use tracestone_structure::problem::{Judged, Problem};
use tracestone_structure::superpose::superpose;

/// Side of one picture in pixels.
pub(super) const SIDE: f64 = 340.0;
/// Room around a picture.
pub(super) const EDGE: f64 = 26.0;

/// The answer's coordinates on the left and the right ones on the right, superposed and seen from one side. Atoms of
/// failed checks have rings. `None` where the answer has no coordinates.
pub(super) fn figure(problem: &Problem, judged: &Judged) -> Option<Figure> {
    let expected = problem.expected()?;
    let reference = problem.reference()?;
    let given = matched(judged.model.as_ref()?, &reference);
    let right: Vec<Option<Point>> = reference.atoms.iter().map(|atom| Some(atom.at)).collect();
    let (moving, fixed): (Vec<Point>, Vec<Point>) = given
        .iter()
        .zip(&reference.atoms)
        .filter_map(|(point, atom)| Some(((*point)?, atom.at)))
        .unzip();
    let (motion, _) = superpose(&moving, &fixed)?;
    let given: Vec<Option<Point>> = given
        .iter()
        .map(|point| point.map(|at| motion.apply(&at)))
        .collect();
    let view = View::of(&reference, &given);
    let mut shapes = vec![words([EDGE, 18.0], "the answer", Ink::Answer)];
    shapes.push(words(
        [SIDE + 2.0 * EDGE, 18.0],
        "the reference",
        Ink::Truth,
    ));
    let bonds = bonded(&expected);
    // The reference behind the answer: where they differ, both can be seen.
    view.bonds(&right, &bonds, (Ink::Frame, 1.0), 0.0, &mut shapes);
    view.model(&given, &reference, &bonds, Ink::Answer, 0.0, &mut shapes);
    view.model(
        &right,
        &reference,
        &bonds,
        Ink::Truth,
        SIDE + EDGE,
        &mut shapes,
    );
    let mut line = view.bottom();
    for check in judged.report.checks.iter().filter(|check| !check.pass) {
        view.mark(check, &given, &mut shapes);
    }
    for text in failures(&judged.report.checks) {
        shapes.push(words([EDGE, line], &text, Ink::Wrong));
        line += 17.0;
    }
    let failed = judged.report.failed().len();
    Some(Figure {
        title: match failed {
            0 => "The answer and the reference; every check passes".to_owned(),
            _ => format!(
                "The answer and the reference; failed: {}",
                judged.report.failed().join(", ")
            ),
        },
        width: 2.0 * SIDE + 3.0 * EDGE,
        height: line,
        shapes,
        key: vec![
            (Ink::Answer, "the answer".to_owned()),
            (Ink::Truth, "the reference".to_owned()),
            (Ink::Frame, "the reference behind the answer".to_owned()),
            (Ink::Given, "carbon".to_owned()),
            (Ink::Wrong, "atoms of failed checks".to_owned()),
        ],
    })
}

/// Letters of a line below the pictures.
const LINE: usize = 105;

/// The failed checks in lines. Those that fail as one atom is missing are named together.
fn failures(checks: &[Check]) -> Vec<String> {
    let mut lines = Vec::new();
    let mut missing: Vec<(&str, Vec<String>)> = Vec::new();
    for check in checks.iter().filter(|check| !check.pass) {
        if check.name != "atoms" && check.at.ends_with(" is missing") {
            let name = check.name.replace('_', " ");
            match missing.iter_mut().find(|(at, _)| *at == check.at) {
                Some((_, names)) => names.push(name),
                None => missing.push((&check.at, vec![name])),
            }
        } else {
            lines.extend(said(check));
        }
    }
    for (at, names) in missing {
        let mut line = format!("failed, as {at}: ");
        for (number, name) in names.iter().enumerate() {
            if line.chars().count() + name.len() > LINE {
                lines.push(std::mem::replace(&mut line, "    ".to_owned()));
            }
            line.push_str(name);
            line.push_str(if number + 1 < names.len() { ", " } else { "" });
        }
        lines.push(line);
    }
    lines
}

/// A failed check in one line, or with its place in a second one.
fn said(check: &Check) -> Vec<String> {
    let value = check
        .value
        .map_or_else(|| "not measured".to_owned(), |value| format!("{value:.3}"));
    let name = check.name.replace('_', " ");
    let first = format!("failed: {name}: {value}, accepted {}", check.accepted);
    match check.at.as_str() {
        "" => vec![first],
        at if first.chars().count() + at.chars().count() < LINE - 10 => {
            vec![format!("{first} ({at})")]
        }
        at => vec![first, format!("    ({at})")],
    }
}

pub(super) fn words(at: [f64; 2], text: &str, ink: Ink) -> Shape {
    Shape::Words {
        at,
        text: text.to_owned(),
        ink,
    }
}

/// The answer's points in the order of the reference's atoms.
fn matched(model: &Model, reference: &Model) -> Vec<Option<Point>> {
    let find = |atom: &tracestone_structure::model::Atom| {
        let same = model
            .atoms
            .iter()
            .find(|other| other.place.number == atom.place.number && other.name == atom.name);
        same.map(|other| other.at)
            .filter(|at| at.iter().all(|x| x.is_finite()))
    };
    reference.atoms.iter().map(find).collect()
}

/// A projection to pixels: along the direction in which the reference is thinnest.
pub(super) struct View {
    center: Point,
    across: Point,
    down: Point,
    depth: Point,
    scale: f64,
    /// Half of the height in pixels.
    half: f64,
}

impl View {
    pub(super) fn of(reference: &Model, given: &[Option<Point>]) -> Self {
        let points = reference.points();
        let center = points.iter().sum::<Point>() / points.len().max(1) as f64;
        let (across, down, depth) = tracestone_structure::geometry::axes(&points);
        let largest = points
            .iter()
            .copied()
            .chain(given.iter().flatten().copied())
            .map(|point| {
                (point - center)
                    .dot(&across)
                    .abs()
                    .max((point - center).dot(&down).abs())
            });
        // A wild answer would make the reference a dot.
        let own = points
            .iter()
            .map(|point| (point - center).norm())
            .fold(1.0, f64::max);
        let reach = largest.fold(1.0, f64::max).min(2.0 * own);
        let scale = SIDE / (2.0 * reach + 1.0);
        let tallest = points.iter().chain(given.iter().flatten());
        let tallest = tallest.map(|point| (point - center).dot(&down).abs());
        let half = tallest.fold(0.0, f64::max) * scale + 10.0;
        Self {
            center,
            across,
            down,
            depth,
            scale,
            half: half.min(SIDE / 2.0),
        }
    }

    /// Height of the first line of words below the pictures.
    pub(super) fn bottom(&self) -> f64 {
        2.0 * (EDGE + self.half) + 14.0
    }

    pub(super) fn at(&self, point: &Point, shift: f64) -> [f64; 2] {
        let from = point - self.center;
        let place = |along: &Point, half: f64| (from.dot(along) * self.scale).clamp(-half, half);
        [
            EDGE + SIDE / 2.0 + shift + place(&self.across, SIDE / 2.0),
            EDGE + self.half + place(&self.down, self.half),
        ]
    }

    fn bonds(
        &self,
        points: &[Option<Point>],
        bonds: &[[usize; 2]],
        (ink, width): (Ink, f64),
        shift: f64,
        shapes: &mut Vec<Shape>,
    ) {
        for [a, b] in bonds {
            if let (Some(a), Some(b)) = (points[*a], points[*b]) {
                shapes.push(Shape::Line {
                    points: vec![self.at(&a, shift), self.at(&b, shift)],
                    ink,
                    width,
                });
            }
        }
    }

    fn model(
        &self,
        points: &[Option<Point>],
        reference: &Model,
        bonds: &[[usize; 2]],
        ink: Ink,
        shift: f64,
        shapes: &mut Vec<Shape>,
    ) {
        self.bonds(points, bonds, (ink, 1.5), shift, shapes);
        let mut order: Vec<usize> = (0..points.len())
            .filter(|at| points[*at].is_some())
            .collect();
        // The nearest to the eye are drawn last.
        let depth =
            |at: &usize| points[*at].map_or(0.0, |point| (point - self.center).dot(&self.depth));
        order.sort_by(|one, other| depth(one).total_cmp(&depth(other)));
        for at in order {
            let Some(point) = points[at] else { continue };
            let atom = &reference.atoms[at];
            shapes.push(Shape::Dot {
                at: self.at(&point, shift),
                radius: if atom.element == "C" { 3.5 } else { 4.5 },
                ink: if atom.element == "C" { Ink::Given } else { ink },
                title: format!("{} of {} {}", atom.name, atom.residue, atom.place.number),
            });
        }
        // The numbers of residues, so that the two pictures can be compared place by place.
        let several = reference.residues().len() > 1;
        for (at, atom) in reference.atoms.iter().enumerate().filter(|_| several) {
            if let (Some(point), "CA") = (&points[at], atom.name.as_str()) {
                let [x, y] = self.at(point, shift);
                let number = atom.place.number.to_string();
                shapes.push(words([x + 6.0, y - 5.0], &number, Ink::Frame));
            }
        }
    }

    /// Rings around the atoms of a failed check.
    fn mark(&self, check: &Check, given: &[Option<Point>], shapes: &mut Vec<Shape>) {
        for at in &check.atoms {
            if let Some(Some(point)) = given.get(*at) {
                shapes.push(Shape::Ring {
                    at: self.at(point, 0.0),
                    radius: 8.0,
                    ink: Ink::Wrong,
                    title: said(check).join(""),
                });
            }
        }
    }
}
