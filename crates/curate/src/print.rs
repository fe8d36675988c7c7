//! Fingerprints of programs, by which others like them are found.

use tracestone_record::NormalForm;

use crate::minhash::{Signature, signature};
use crate::token::shingles;

/// Share of common shingles from which on two programs are near-duplicates.
pub const JACCARD: f64 = 0.7;

/// Forms without literals count from this many tokens on: shorter ones, such as `return x + 1`, are equal in
/// programs that have nothing in common.
const SHAPE_TOKENS: u32 = 30;

/// The fingerprint of a program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Print {
    /// The set of its shingles, as sorted hashes.
    pub(crate) shingles: Box<[u64]>,
    /// Bands of its signature; `None` for a program without tokens.
    pub(crate) signature: Option<Signature>,
    /// Hashes of its normal forms that make programs equal.
    pub(crate) forms: Box<[u128]>,
    /// The shingles of the definition that the program is for, where it is known.
    pub(crate) own: Option<Box<[u64]>>,
}

impl Print {
    /// The print of a text; `form` is the normal form of all of it, where it could be parsed.
    #[must_use]
    pub fn of(text: &str, form: Option<&NormalForm>) -> Self {
        let shingles = shingles(text);
        Self {
            signature: signature(&shingles),
            shingles: shingles.into(),
            forms: form.map(forms).unwrap_or_default(),
            own: None,
        }
    }

    /// The print with the text of the definition that is called and asked about. Two programs for different
    /// definitions, one of which the other takes along, are in one cluster and no duplicates.
    #[must_use]
    pub fn for_definition(self, own: &str) -> Self {
        Self {
            own: Some(shingles(own).into()),
            ..self
        }
    }

    /// True if the two programs have the same syntax tree but for names (and, unless they are short, literals).
    #[must_use]
    pub fn same_tree(&self, other: &Self) -> bool {
        self.forms.iter().any(|form| other.forms.contains(form))
    }
}

/// The hashes under which a form is looked up.
pub(crate) fn forms(form: &NormalForm) -> Box<[u128]> {
    let exact = hash(b"exact", &form.exact);
    match form.tokens {
        0 => Box::default(),
        tokens if tokens < SHAPE_TOKENS => Box::new([exact]),
        _ => Box::new([exact, hash(b"shape", &form.shape)]),
    }
}

fn hash(kind: &[u8], form: &str) -> u128 {
    let mut hasher = blake3::Hasher::new();
    hasher.update(kind);
    hasher.update(form.as_bytes());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
    u128::from_le_bytes(bytes)
}

/// Share of the shingles of two programs that both have; 0 where one has none.
#[must_use]
pub fn jaccard(one: &Print, other: &Print) -> f64 {
    common(&one.shingles, &other.shingles)
}

/// The same of the definitions that two programs are for; 1 where they are not known.
pub(crate) fn jaccard_of_definitions(one: &Print, other: &Print) -> f64 {
    match (&one.own, &other.own) {
        (Some(one), Some(other)) => common(one, other),
        _ => 1.0,
    }
}

/// The Jaccard similarity of two sorted sets.
fn common(one: &[u64], other: &[u64]) -> f64 {
    let (mut a, mut b) = (one.iter().peekable(), other.iter().peekable());
    let mut common = 0_usize;
    while let (Some(left), Some(right)) = (a.peek(), b.peek()) {
        match left.cmp(right) {
            std::cmp::Ordering::Less => drop(a.next()),
            std::cmp::Ordering::Greater => drop(b.next()),
            std::cmp::Ordering::Equal => {
                common += 1;
                a.next();
                b.next();
            }
        }
    }
    match one.len() + other.len() - common {
        0 => 0.0,
        all => common as f64 / all as f64,
    }
}
