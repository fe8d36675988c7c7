//! The Numenta Anomaly Benchmark: `data/FOLDER/NAME.csv` and `labels/combined_windows.json`.

use super::{Labels, ReadError, timestamped};
use crate::series::Series;

/// A part of the benchmark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Subset {
    /// The name in the papers' tables.
    pub name: &'static str,
    /// The folder in `data/`.
    pub folder: &'static str,
    /// The interval in seconds to which the paper resamples it.
    pub interval: i64,
    /// The file that is not in the papers' version of it.
    pub without: Option<&'static str>,
}

/// The five subsets of the papers, by whose counts of series and anomalies they were found: one file of six of
/// AdExchange is not among them.
pub const SUBSETS: [Subset; 5] = [
    Subset {
        name: "Art",
        folder: "artificialWithAnomaly",
        interval: 600,
        without: None,
    },
    Subset {
        name: "AWS",
        folder: "realAWSCloudwatch",
        interval: 600,
        without: None,
    },
    Subset {
        name: "AdEx",
        folder: "realAdExchange",
        interval: 3_600,
        without: Some("exchange-4_cpc_results.csv"),
    },
    Subset {
        name: "Traffic",
        folder: "realTraffic",
        interval: 600,
        without: None,
    },
    Subset {
        name: "Tweets",
        folder: "realTweets",
        interval: 600,
        without: None,
    },
];

impl Subset {
    /// The subset that has a file; `None` for files that no paper's subset has.
    #[must_use]
    pub fn of(folder: &str, file: &str) -> Option<Self> {
        let has = |subset: &&Self| subset.folder == folder && subset.without != Some(file);
        SUBSETS.iter().find(has).copied()
    }
}

/// A series of the benchmark, named `FOLDER/FILE`. Its family is the subset's name in the papers, or the folder's.
///
/// # Errors
/// The text is no series, or there are no labels for it.
pub fn series(folder: &str, file: &str, text: &str, labels: &Labels) -> Result<Series, ReadError> {
    let id = format!("{folder}/{file}");
    let family = Subset::of(folder, file).map_or(folder, |subset| subset.name);
    let windows = labels
        .get(&id)
        .ok_or_else(|| ReadError::Labels(format!("there are none for {id}")))?;
    let mut series = timestamped(&id, family, text)?;
    for (first, last) in windows {
        series.label(*first, *last);
    }
    Ok(series)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_has_the_name_of_its_subset() {
        let labels = super::super::labels(
            r#"{"realTweets/a.csv": [["2014-01-01 00:05:00.000000", "2014-01-01 00:10:00.000000"]],
                "realAdExchange/exchange-4_cpc_results.csv": []}"#,
        )
        .unwrap();
        let text = "timestamp,value\n2014-01-01 00:00:00,1\n2014-01-01 00:05:00,9\n2014-01-01 00:10:00,9\n2014-01-01 00:15:00,1\n";
        let one = series("realTweets", "a.csv", text, &labels).unwrap();
        assert_eq!(
            (one.family.as_str(), one.truth.len(), one.truth[0].points()),
            ("Tweets", 1, 2)
        );
        let other = series(
            "realAdExchange",
            "exchange-4_cpc_results.csv",
            text,
            &labels,
        )
        .unwrap();
        assert_eq!(other.family, "realAdExchange");
        assert!(series("realTweets", "b.csv", text, &labels).is_err());
    }
}
