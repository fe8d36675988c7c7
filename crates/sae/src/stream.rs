//! The order in which rows of a large set of files are learned from: shuffled in bounded memory, and known for any
//! step without the steps before.

use rand::SeedableRng as _;
use rand::seq::SliceRandom as _;
use rand_chacha::ChaCha8Rng;

/// A stretch of rows of one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Piece {
    /// Index of the file.
    pub file: usize,
    /// Its first row.
    pub first: usize,
    /// Number of rows.
    pub rows: usize,
}

/// Rows of files in a shuffled order, round after round. In each round the pieces of all files are shuffled, and
/// windows of pieces next to each other are read together and shuffled row by row.
pub struct Stream<R> {
    read: R,
    inputs: usize,
    seed: u64,
    windows_of: Vec<Piece>,
    buffer: usize,
    rows: usize,
    /// The round whose windows are known.
    round: Option<(usize, Vec<Vec<Piece>>)>,
    /// The window in memory.
    window: Option<Window>,
}

struct Window {
    round: usize,
    number: usize,
    rows: Vec<f32>,
    order: Vec<u32>,
}

/// Pieces of a window at least, so that rows of several files are mixed.
const MIX: usize = 8;

impl<E, R: FnMut(Piece) -> Result<Vec<f32>, E>> Stream<R> {
    /// A stream over files with these numbers of rows, of which at most about `buffer` are in memory. `read` returns
    /// the rows of a piece.
    pub fn new(files: &[usize], inputs: usize, buffer: usize, seed: u64, read: R) -> Self {
        let size = (buffer / MIX).max(1);
        let mut windows_of = Vec::new();
        for (file, rows) in files.iter().enumerate() {
            for first in (0..*rows).step_by(size) {
                let rows = size.min(rows - first);
                windows_of.push(Piece { file, first, rows });
            }
        }
        Self {
            read,
            inputs,
            seed,
            windows_of,
            buffer: buffer.max(1),
            rows: files.iter().sum(),
            round: None,
            window: None,
        }
    }

    /// The rows from place `start` on, `count` of them.
    ///
    /// # Errors
    /// What `read` says.
    ///
    /// # Panics
    ///
    /// If there are no rows.
    pub fn batch(&mut self, start: usize, count: usize) -> Result<Vec<f32>, E> {
        assert!(self.rows > 0, "there are no rows");
        let mut batch = Vec::with_capacity(count * self.inputs);
        let mut place = start;
        while batch.len() < count * self.inputs {
            let (round, mut at) = (place / self.rows, place % self.rows);
            self.plan(round);
            let windows = self.round.as_ref().map_or(&[][..], |(_, windows)| windows);
            let mut number = 0;
            for window in windows {
                let rows = window.iter().map(|piece| piece.rows).sum();
                if at < rows {
                    break;
                }
                at -= rows;
                number += 1;
            }
            self.load(round, number)?;
            let Some(window) = &self.window else {
                continue;
            };
            let wanted = count - batch.len() / self.inputs;
            let own = &window.order[at..(at + wanted).min(window.order.len())];
            for row in own {
                let first = *row as usize * self.inputs;
                batch.extend_from_slice(&window.rows[first..first + self.inputs]);
            }
            place += own.len();
        }
        Ok(batch)
    }

    /// Shuffles the pieces of a round and joins them to windows.
    fn plan(&mut self, round: usize) {
        if self
            .round
            .as_ref()
            .is_some_and(|(known, _)| *known == round)
        {
            return;
        }
        let mut pieces = self.windows_of.clone();
        pieces.shuffle(&mut self.random(round, 0));
        let mut windows: Vec<Vec<Piece>> = Vec::new();
        let mut filled = usize::MAX;
        for piece in pieces {
            if filled.saturating_add(piece.rows) > self.buffer {
                windows.push(Vec::new());
                filled = 0;
            }
            filled += piece.rows;
            // One was pushed before the first piece.
            if let Some(window) = windows.last_mut() {
                window.push(piece);
            }
        }
        self.round = Some((round, windows));
    }

    fn load(&mut self, round: usize, number: usize) -> Result<(), E> {
        let known = |window: &Window| window.round == round && window.number == number;
        if self.window.as_ref().is_some_and(known) {
            return Ok(());
        }
        // The window before is let go of first.
        self.window = None;
        let windows = self.round.as_ref().map_or(&[][..], |(_, windows)| windows);
        let mut rows = Vec::new();
        for piece in &windows[number] {
            rows.extend((self.read)(*piece)?);
        }
        let mut order: Vec<u32> = (0..(rows.len() / self.inputs) as u32).collect();
        order.shuffle(&mut self.random(round, number + 1));
        self.window = Some(Window {
            round,
            number,
            rows,
            order,
        });
        Ok(())
    }

    fn random(&self, round: usize, number: usize) -> ChaCha8Rng {
        let mut random = ChaCha8Rng::seed_from_u64(self.seed);
        random.set_stream(((round as u64 + 1) << 32) | number as u64);
        random
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_round_has_every_row_once_and_can_be_entered_anywhere() {
        let files = [50, 0, 33, 7];
        let read = |piece: Piece| -> Result<Vec<f32>, ()> {
            assert!(piece.rows <= 4);
            let name = |row: usize| (100 * piece.file + row) as f32;
            let rows = piece.first..piece.first + piece.rows;
            Ok(rows.flat_map(|row| [name(row), -name(row)]).collect())
        };
        let mut stream = Stream::new(&files, 2, 32, 3, read);
        let all: Vec<f32> = (0..18)
            .flat_map(|at| stream.batch(at * 10, 10).unwrap())
            .collect();
        for round in all.chunks(180) {
            let mut names: Vec<i32> = round.chunks(2).map(|row| row[0] as i32).collect();
            assert!(round.chunks(2).all(|row| row[0] == -row[1]));
            assert!(!names.is_sorted());
            names.sort_unstable();
            let mut wanted: Vec<i32> = (0..50).chain(200..233).chain(300..307).collect();
            wanted.sort_unstable();
            assert_eq!(names, wanted);
        }
        assert_ne!(all[..180], all[180..]);
        let mut late = Stream::new(&files, 2, 32, 3, read);
        assert_eq!(late.batch(85, 37).unwrap(), all[170..244]);
    }
}
