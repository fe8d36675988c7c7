//! An index from one start to the next: a line of JSON with all names, then runs and rows of fixed sizes.

use std::io::Write;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tracestone_record::{RunId, SampleKind, Split};
use tracestone_store::ProgramHead;

use super::{Dim, Index, Row};

/// Number of the format, which changes with it.
pub(crate) const FORMAT: u32 = 1;
/// Bytes of a row and of a run's identifier.
const ROW: usize = 40;
const RUN: usize = 16;

/// All of an index but what there is a lot of.
#[derive(Debug, Serialize, Deserialize)]
struct Head {
    runs: usize,
    rows: usize,
    programs: Vec<Program>,
    labels: [Vec<String>; Dim::ALL.len()],
    tokens: [(u64, u64); SampleKind::ALL.len()],
}

/// Identifiers of the program and its file, places of source and licence in the labels, path and name.
#[derive(Debug, Serialize, Deserialize)]
struct Program(String, String, u32, u32, String, String);

/// Writes an index.
///
/// # Errors
/// The file cannot be written.
pub(crate) fn write(index: &Index, file: &mut dyn Write) -> std::io::Result<()> {
    let programs = index.programs.iter().zip(&index.places);
    let head = Head {
        runs: index.runs.len(),
        rows: index.rows.len(),
        programs: programs
            .map(|(head, (source, license))| {
                let (id, file) = (head.id.to_string(), head.file.to_string());
                let (path, entry) = (head.path.to_string(), head.entry.clone());
                Program(id, file, *source, *license, path, entry)
            })
            .collect(),
        labels: index.labels.clone(),
        tokens: index.tokens,
    };
    serde_json::to_writer(&mut *file, &head)?;
    file.write_all(b"\n")?;
    for run in &index.runs {
        file.write_all(run.as_bytes())?;
    }
    for row in &index.rows {
        file.write_all(&bytes_of(row))?;
    }
    Ok(())
}

/// Reads an index; `None` where the bytes are not one that was written whole.
pub(crate) fn read(bytes: &[u8]) -> Option<Index> {
    let end = bytes.iter().position(|byte| *byte == b'\n')?;
    let head: Head = serde_json::from_slice(&bytes[..end]).ok()?;
    let runs = head.runs.checked_mul(RUN)?;
    let (runs, rows) = bytes[end + 1..].split_at_checked(runs)?;
    if Some(rows.len()) != head.rows.checked_mul(ROW) {
        return None;
    }
    let shared = |dim: Dim| -> Vec<Arc<str>> {
        let labels = head.labels[dim as usize].iter();
        labels.map(|label| Arc::from(label.as_str())).collect()
    };
    let (sources, licenses) = (shared(Dim::Source), shared(Dim::License));
    let mut index = Index::default();
    for Program(id, file, source, license, path, entry) in head.programs {
        let last = index.programs.last().filter(|last| *last.path == *path);
        let path = last.map_or_else(|| path.into(), |last| last.path.clone());
        index.programs.push(ProgramHead {
            id: id.parse().ok()?,
            file: file.parse().ok()?,
            source: sources.get(source as usize)?.clone(),
            path,
            license: licenses.get(license as usize)?.clone(),
            entry,
        });
        index.places.push((source, license));
    }
    index.labels = head.labels;
    index.tokens = head.tokens;
    let runs = runs.as_chunks::<RUN>().0.iter();
    index.runs = runs.map(|bytes| RunId::from_bytes(*bytes)).collect();
    let rows = rows.as_chunks::<ROW>().0.iter();
    index.rows = rows.map(row_of).collect();
    index.is_whole().then_some(index)
}

impl Index {
    /// True if all places that rows name are there.
    fn is_whole(&self) -> bool {
        let (programs, runs) = (self.programs.len() as u32, self.runs.len() as u32);
        let named = self.labels.iter().all(|labels| !labels.is_empty());
        let is_in = |row: &Row| {
            row.program < programs
                && (row.run < runs || row.run == u32::MAX)
                && usize::from(row.kind) < SampleKind::ALL.len()
                && usize::from(row.split) < Split::ALL.len()
                && Dim::ALL
                    .iter()
                    .all(|dim| (self.value(row, *dim) as usize) < self.labels(*dim).len())
        };
        self.rows.is_empty() || named && self.rows.iter().all(is_in)
    }
}

fn bytes_of(row: &Row) -> [u8; ROW] {
    let mut bytes = [0; ROW];
    bytes[0..8].copy_from_slice(&row.id.to_le_bytes());
    bytes[8..16].copy_from_slice(&row.row.to_le_bytes());
    bytes[16..20].copy_from_slice(&row.program.to_le_bytes());
    bytes[20..24].copy_from_slice(&row.run.to_le_bytes());
    bytes[24..28].copy_from_slice(&row.steps.to_le_bytes());
    bytes[28..32].copy_from_slice(&row.answer_bytes.to_le_bytes());
    bytes[32..34].copy_from_slice(&row.answer.to_le_bytes());
    let [.., kind, split, origin, easy, difficulty, signs] = &mut bytes;
    (*kind, *split, *origin) = (row.kind, row.split, row.origin);
    (*easy, *difficulty, *signs) = (row.easy, row.difficulty, row.signs);
    bytes
}

fn row_of(bytes: &[u8; ROW]) -> Row {
    fn part<const N: usize>(bytes: &[u8; ROW], from: usize) -> [u8; N] {
        let mut part = [0; N];
        part.copy_from_slice(&bytes[from..from + N]);
        part
    }
    let [.., kind, split, origin, easy, difficulty, signs] = *bytes;
    Row {
        id: u64::from_le_bytes(part(bytes, 0)),
        row: i64::from_le_bytes(part(bytes, 8)),
        program: u32::from_le_bytes(part(bytes, 16)),
        run: u32::from_le_bytes(part(bytes, 20)),
        steps: u32::from_le_bytes(part(bytes, 24)),
        answer_bytes: u32::from_le_bytes(part(bytes, 28)),
        answer: u16::from_le_bytes(part(bytes, 32)),
        kind,
        split,
        origin,
        easy,
        difficulty,
        signs,
    }
}

#[cfg(test)]
mod tests {
    use tracestone_record::{FileId, ProgramId, SampleId};

    use super::*;

    fn index() -> Index {
        let head = |entry: &str| ProgramHead {
            id: ProgramId::of(&[entry.as_bytes()]),
            file: FileId::of(&[b"file"]),
            source: "a".into(),
            path: "b/c.py".into(),
            license: "MIT".into(),
            entry: entry.to_owned(),
        };
        let mut index = Index::default();
        let programs = [head("f"), head("g")];
        index.name_programs(&programs);
        index.programs = programs.into();
        index.runs = vec![RunId::of(&[b"run"])];
        index.name_values(super::super::Answers::default());
        index.mark(Vec::new());
        index.rows = (0..3)
            .map(|number| Row {
                id: super::super::half(SampleId::of(&[&[number]])),
                row: -i64::from(number),
                program: u32::from(number) % 2,
                run: if number == 2 { u32::MAX } else { 0 },
                steps: 1_000_000,
                answer_bytes: 70_000,
                answer: 0,
                kind: number,
                split: number,
                origin: u8::MAX,
                easy: number,
                difficulty: 100 - number,
                signs: number | super::super::RATED,
            })
            .collect();
        index
    }

    #[test]
    fn an_index_comes_back_as_it_was() {
        let index = index();
        let mut bytes = Vec::new();
        write(&index, &mut bytes).unwrap();
        assert_eq!(format!("{:?}", read(&bytes).unwrap()), format!("{index:?}"));
        // What a full disk has left, and what has more than it says.
        assert!(read(&bytes[..bytes.len() - 1]).is_none());
        bytes.push(0);
        assert!(read(&bytes).is_none());
    }

    #[test]
    fn rows_that_name_what_is_not_there_are_refused() {
        let changes: [fn(&mut Row); 5] = [
            |row| row.program = 2,
            |row| row.run = 1,
            |row| row.answer = 1,
            |row| row.kind = u8::MAX,
            |row| row.easy = u8::MAX,
        ];
        for change in changes {
            let mut index = index();
            change(&mut index.rows[1]);
            let mut bytes = Vec::new();
            write(&index, &mut bytes).unwrap();
            assert!(read(&bytes).is_none());
        }
    }
}
