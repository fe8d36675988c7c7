//! Shares of a whole, kept as whole millionths so that counts do not depend on rounding of floats.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A share from 0 to 1, in steps of a millionth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct Share(u32);

const WHOLE: u32 = 1_000_000;

impl Share {
    /// A share in whole percent; more than 100 is all.
    #[must_use]
    pub const fn percent(percent: u32) -> Self {
        let percent = if percent > 100 { 100 } else { percent };
        Self(percent * (WHOLE / 100))
    }

    /// The share that `part` is of `whole`, rounded down; all for an empty whole.
    #[must_use]
    pub fn of(part: u64, whole: u64) -> Self {
        if whole == 0 || part >= whole {
            return Self(WHOLE);
        }
        let millionths = u128::from(part) * u128::from(WHOLE) / u128::from(whole);
        Self(u32::try_from(millionths).unwrap_or(WHOLE))
    }

    /// The share in millionths.
    #[must_use]
    pub fn millionths(self) -> u32 {
        self.0
    }

    /// This share of a count, rounded down.
    #[must_use]
    pub fn times(self, count: u64) -> u64 {
        let part = u128::from(count) * u128::from(self.0) / u128::from(WHOLE);
        u64::try_from(part).unwrap_or(u64::MAX)
    }

    /// The largest count that is at most this share of itself and `others`; `None` for no bound.
    #[must_use]
    pub fn beside(self, others: u64) -> Option<u64> {
        let rest = WHOLE.checked_sub(self.0).filter(|rest| *rest > 0)?;
        let count = u128::from(others) * u128::from(self.0) / u128::from(rest);
        Some(u64::try_from(count).unwrap_or(u64::MAX))
    }

    /// The product of two shares.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let product = u64::from(self.0) * u64::from(other.0) / u64::from(WHOLE);
        Self(u32::try_from(product).unwrap_or(WHOLE))
    }

    /// The largest whole of which `count` are this share; `None` for a share of nothing.
    #[must_use]
    pub fn whole(self, count: u64) -> Option<u64> {
        if self.0 == 0 {
            return None;
        }
        let whole = u128::from(count) * u128::from(WHOLE) / u128::from(self.0);
        Some(u64::try_from(whole).unwrap_or(u64::MAX))
    }
}

/// Error of a number that is no share.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[error("{0} is not a share; a share is a number from 0 to 1, such as 0.25")]
pub struct ShareError(f64);

impl TryFrom<f64> for Share {
    type Error = ShareError;

    fn try_from(share: f64) -> Result<Self, ShareError> {
        if !(0.0..=1.0).contains(&share) {
            return Err(ShareError(share));
        }
        // In range, so that the conversion is exact up to the rounding asked for.
        Ok(Self((share * f64::from(WHOLE)).round() as u32))
    }
}

impl From<Share> for f64 {
    fn from(share: Share) -> Self {
        Self::from(share.0) / Self::from(WHOLE)
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let percent = f64::from(*self) * 100.0;
        // At most two digits, without zeros at the end.
        let text = format!("{percent:.2}");
        let text = text.trim_end_matches('0').trim_end_matches('.');
        write!(f, "{text} %")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_follow_from_shares() {
        let tenth = Share::percent(10);
        assert_eq!(tenth.beside(90), Some(10));
        assert_eq!(tenth.beside(89), Some(9));
        assert_eq!(Share::percent(100).beside(5), None);
        assert_eq!(tenth.times(39), 3);
        assert_eq!(tenth.whole(3), Some(30));
        assert_eq!(Share::percent(0).whole(3), None);
        assert_eq!(Share::of(1, 8).to_string(), "12.5 %");
        assert_eq!(tenth.to_string(), "10 %");
        assert_eq!(
            Share::percent(50).and(Share::percent(10)),
            Share::percent(5)
        );
        assert!(Share::try_from(1.5).is_err());
        assert!(Share::try_from(f64::NAN).is_err());
    }
}
