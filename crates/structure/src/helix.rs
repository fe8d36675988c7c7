//! Helices: their families, and the axis of a chain of CA atoms.

use serde::{Deserialize, Serialize};

use crate::build::{Part, chain};
use crate::check::{Expected, clashing};
use crate::geometry::{Point, angle};

/// A family of helices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Family {
    /// The α-helix, with 3.6 residues per turn.
    Alpha,
    /// The 3-10 helix, with 3 residues per turn.
    ThreeTen,
    /// The π-helix, with 4.4 residues per turn.
    Pi,
}

/// Rise and turn of a helix, with the accepted differences.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shape {
    /// Rise along the axis for each residue, in angstroms.
    pub rise: f64,
    /// The accepted difference.
    pub rise_within: f64,
    /// Residues in one turn.
    pub turn: f64,
    /// The accepted difference.
    pub turn_within: f64,
}

impl Family {
    /// Every family, in the order of items.
    pub const ALL: [Self; 3] = [Self::Alpha, Self::ThreeTen, Self::Pi];

    /// The name in items and reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Alpha => "alpha",
            Self::ThreeTen => "three-ten",
            Self::Pi => "pi",
        }
    }

    /// The name in prompts.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Alpha => "alpha helix",
            Self::ThreeTen => "3-10 helix",
            Self::Pi => "pi helix",
        }
    }

    /// Phi and psi of the right-handed helix that this crate builds, in degrees.
    ///
    /// The means of α-helices in well-resolved structures (S. C. Lovell et al., Proteins 50 (2003), 437-450, have the
    /// peak at -63, -43); of the others those of IUPAC-IUB, Biochemistry 9 (1970), 3471-3479, table III.
    #[must_use]
    pub fn torsions(self) -> (f64, f64) {
        match self {
            Self::Alpha => (-63.0, -42.0),
            Self::ThreeTen => (-49.0, -26.0),
            Self::Pi => (-57.0, -70.0),
        }
    }

    /// The angle N-CA-C, where the helix needs another than the mean.
    ///
    /// With the mean angle, O and the CB four residues later touch in a π-helix; the one of B. W. Low and
    /// H. J. Grenville-Wells, PNAS 39 (1953), 785-802, is 114.9, which is 1.4 standard deviations away.
    #[must_use]
    pub fn tau(self) -> Option<f64> {
        (self == Self::Pi).then_some(114.9)
    }

    /// Rise and residues per turn, with what is accepted.
    ///
    /// 1.50 and 3.60 (α), 2.00 and 3.00 (3-10), and 1.15 and 4.40 (π) are the textbook's numbers (IUPAC-IUB 1970,
    /// table III). Ideal lengths and angles give others within the accepted differences; docs/structure.md has both.
    #[must_use]
    pub fn shape(self) -> Shape {
        let (rise, rise_within, turn, turn_within) = match self {
            Self::Alpha => (1.50, 0.10, 3.60, 0.15),
            Self::ThreeTen => (2.00, 0.20, 3.00, 0.25),
            Self::Pi => (1.15, 0.20, 4.40, 0.30),
        };
        Shape {
            rise,
            rise_within,
            turn,
            turn_within,
        }
    }
}

/// One step of a helix, from four CA atoms in a row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Step {
    /// Rise along the axis in angstroms; positive of right-handed steps, negative of left-handed ones.
    pub rise: f64,
    /// The turn around the axis in degrees, from 0 to 180.
    pub twist: f64,
}

/// The steps of a chain of CA atoms; none of fewer than four.
///
/// The second differences of points on a regular helix point to its axis: P. C. Kahn, Computers Chem. 13 (1989), 185-189.
#[must_use]
pub fn steps(trace: &[Point]) -> Vec<Step> {
    let step = |points: &[Point]| {
        let one = points[0] - points[1] * 2.0 + points[2];
        let other = points[1] - points[2] * 2.0 + points[3];
        let axis = one.cross(&other);
        // In a straight line there is no axis; such a step has neither rise nor hand.
        let rise = match axis.norm() {
            norm if norm > 1e-9 => (points[2] - points[1]).dot(&axis) / norm,
            _ => 0.0,
        };
        Step {
            rise,
            twist: angle(&one, &Point::zeros(), &other),
        }
    };
    trace.windows(4).map(step).collect()
}

/// Other torsions for side chains that come too near to something.
const CHI: [f64; 3] = [-65.0, 180.0, 62.0];

/// Turns side chains until no two atoms are too near; from the first residue to the last, the first good one counts.
pub(crate) fn relax(parts: &mut [Part]) {
    for at in 0..parts.len() {
        // Later residues are not placed yet: their side chains come when it is their turn.
        let from = at.saturating_sub(6);
        let usual = parts[at].chi.clone();
        let ring = !parts[at].amino_acid.ideal().rings.is_empty();
        if usual.is_empty() || ring || !is_near(parts, from, at) {
            continue;
        }
        let sign = parts[at].hand.sign();
        let second: &[f64] = if usual.len() > 1 {
            &[180.0, -65.0, 62.0, 90.0, -20.0]
        } else {
            &[0.0]
        };
        let found = CHI.iter().any(|first| {
            second.iter().any(|next| {
                parts[at].chi[0] = first * sign;
                if let Some(chi) = parts[at].chi.get_mut(1) {
                    *chi = next * sign;
                }
                !is_near(parts, from, at)
            })
        });
        if !found {
            parts[at].chi = usual;
        }
    }
}

/// True if the residue at a place clashes with one before it, or with itself.
fn is_near(parts: &[Part], from: usize, at: usize) -> bool {
    // The carbonyl oxygen of the last residue depends on its psi alone, so the part is as in the whole chain.
    let some = &parts[from..=at];
    let sequence: Vec<_> = some.iter().map(|part| part.amino_acid).collect();
    let expected = Expected::chain(&sequence, parts[at].hand);
    let mut pairs = clashing(&chain(some), &expected).into_iter();
    pairs.any(|pair| pair.contains(&(at - from)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_regular_helix_has_its_rise_and_twist_at_every_step() {
        let point = |k: usize, hand: f64| {
            let turn = (k as f64 * 100.0).to_radians();
            Point::new(2.3 * turn.cos(), hand * 2.3 * turn.sin(), 1.5 * k as f64)
        };
        for hand in [1.0, -1.0] {
            let trace: Vec<_> = (0..9).map(|k| point(k, hand)).collect();
            let steps = steps(&trace);
            assert_eq!(steps.len(), 6);
            for step in steps {
                assert!((step.rise - 1.5 * hand).abs() < 1e-12);
                assert!((step.twist - 100.0).abs() < 1e-9);
            }
        }
        let line: Vec<_> = (0..5).map(|k| Point::new(k as f64, 0.0, 0.0)).collect();
        assert!(steps(&line).iter().all(|step| step.rise == 0.0));
    }
}
