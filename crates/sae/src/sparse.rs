//! Features that fire, row by row.

/// For each row the features that fire, in ascending order, and how strongly.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Sparse {
    /// Number of features, firing or not.
    pub width: usize,
    /// Offset of each row in the lists; one more at the end.
    pub starts: Vec<usize>,
    /// The features, row after row.
    pub features: Vec<u32>,
    /// Their activations, in the same order.
    pub values: Vec<f32>,
}

/// A number of a row's feature.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Entry {
    pub(crate) row: u32,
    pub(crate) feature: u32,
    pub(crate) value: f32,
}

impl Sparse {
    /// From entries in any order of features within a row; the order of rows may be that of blocks.
    pub(crate) fn of(
        width: usize,
        rows: usize,
        entries: impl Iterator<Item = Entry> + Clone,
    ) -> Self {
        let mut starts = vec![0; rows + 1];
        for entry in entries.clone() {
            starts[entry.row as usize + 1] += 1;
        }
        for row in 0..rows {
            starts[row + 1] += starts[row];
        }
        let count = starts[rows];
        let (mut features, mut values) = (vec![0; count], vec![0.0; count]);
        let mut next = starts.clone();
        for entry in entries {
            let place = &mut next[entry.row as usize];
            features[*place] = entry.feature;
            values[*place] = entry.value;
            *place += 1;
        }
        Self {
            width,
            starts,
            features,
            values,
        }
    }

    /// Number of rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.starts.len().saturating_sub(1)
    }

    /// Features of a row and their activations.
    pub fn row(&self, row: usize) -> impl Iterator<Item = (usize, f32)> {
        let range = self.starts[row]..self.starts[row + 1];
        let features = self.features[range.clone()].iter();
        features
            .map(|feature| *feature as usize)
            .zip(self.values[range].iter().copied())
    }

    /// Adds the rows of another list.
    pub fn append(&mut self, other: &Self) {
        if self.starts.is_empty() {
            self.starts.push(0);
            self.width = other.width;
        }
        let before = self.features.len();
        let starts = other.starts.iter().skip(1);
        self.starts.extend(starts.map(|start| before + start));
        self.features.extend_from_slice(&other.features);
        self.values.extend_from_slice(&other.values);
    }

    /// For each feature the indices of its entries, in the order of rows, as offsets and a list.
    pub(crate) fn by_feature(&self) -> ByFeature {
        let mut starts = vec![0_u32; self.width + 1];
        for feature in &self.features {
            starts[*feature as usize + 1] += 1;
        }
        for feature in 0..self.width {
            starts[feature + 1] += starts[feature];
        }
        let mut next = starts.clone();
        let mut entries = vec![0_u32; self.features.len()];
        let mut rows = vec![0_u32; self.features.len()];
        for row in 0..self.rows() {
            for at in self.starts[row]..self.starts[row + 1] {
                let place = &mut next[self.features[at] as usize];
                // A batch's entries are fewer than 2^32: `Settings::check` sees to it.
                entries[*place as usize] = at as u32;
                rows[*place as usize] = row as u32;
                *place += 1;
            }
        }
        ByFeature {
            starts,
            entries,
            rows,
        }
    }

    /// The activations of each feature with their rows: for every feature a list in the order of rows.
    #[must_use]
    pub fn columns(&self) -> Vec<Vec<(u32, f32)>> {
        let by = self.by_feature();
        (0..self.width)
            .map(|feature| {
                let range = by.range(feature);
                let pairs = by.rows[range.clone()].iter().zip(&by.entries[range]);
                pairs
                    .map(|(row, entry)| (*row, self.values[*entry as usize]))
                    .collect()
            })
            .collect()
    }
}

/// The entries of a [`Sparse`] list, feature by feature.
#[derive(Debug, Clone)]
pub(crate) struct ByFeature {
    starts: Vec<u32>,
    pub(crate) entries: Vec<u32>,
    pub(crate) rows: Vec<u32>,
}

impl ByFeature {
    pub(crate) fn range(&self, feature: usize) -> std::ops::Range<usize> {
        self.starts[feature] as usize..self.starts[feature + 1] as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_found_by_row_and_by_feature() {
        let entry = |row, feature, value| Entry {
            row,
            feature,
            value,
        };
        let entries = [entry(1, 0, 5.0), entry(0, 2, 1.0), entry(1, 2, 3.0)];
        let sparse = Sparse::of(3, 3, entries.into_iter());
        assert_eq!(sparse.row(0).collect::<Vec<_>>(), [(2, 1.0)]);
        assert_eq!(sparse.row(1).collect::<Vec<_>>(), [(0, 5.0), (2, 3.0)]);
        assert_eq!(sparse.row(2).count(), 0);
        assert_eq!(sparse.columns()[2], [(0, 1.0), (1, 3.0)]);
        let mut twice = Sparse::default();
        twice.append(&sparse);
        twice.append(&sparse);
        assert_eq!(twice.rows(), 6);
        assert_eq!(twice.columns()[0], [(1, 5.0), (4, 5.0)]);
    }
}
