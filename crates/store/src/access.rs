//! Reading rows back. What the current corpus does not resolve to is not seen.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

use rusqlite::{OptionalExtension as _, Params, Row, Transaction};
use tracestone_record::{
    Call, CallId, File, FileId, MadeFile, Program, ProgramId, Run, RunId, Source, SourceId, Stage,
    TestReport, Unit, UnitId,
};

use crate::payload::{self, Unpacker};
use crate::{Key, Result, Store, StoreError};

/// SQL condition: the call of run `r` is in a current source.
pub(crate) const CALL_IS_CURRENT: &str = "EXISTS (SELECT 1 FROM calls c JOIN sources s \
     ON s.id = c.source WHERE c.id = r.call AND s.position IS NOT NULL)";

/// Identifier, path and content of a file.
pub type FileContent = (FileId, Box<str>, Box<[u8]>);

impl Store {
    /// True if the work under this key is finished.
    ///
    /// # Errors
    /// The database fails.
    pub fn is_done(&self, stage: Stage, key: &Key) -> Result<bool> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT 1 FROM done WHERE stage = ?1 AND key = ?2")?;
        Ok(statement.exists((stage.name(), key.as_bytes()))?)
    }

    /// While this lives, all reads see the store as it was at the first of them, whatever another
    /// process writes meanwhile.
    pub(crate) fn snapshot(&self) -> Result<Transaction<'_>> {
        Ok(self.connection.unchecked_transaction()?)
    }

    /// A setting that the store remembers, such as `corpus`, `seed` or `split`.
    ///
    /// # Errors
    /// The database fails.
    pub fn meta(&self, key: &str) -> Result<Option<String>> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT value FROM meta WHERE key = ?1")?;
        Ok(statement.query_row([key], |row| row.get(0)).optional()?)
    }

    /// The current sources, in the order of the corpus.
    ///
    /// # Errors
    /// The database fails or is damaged.
    pub fn sources(&self) -> Result<Vec<Source>> {
        let mut statement = self.connection.prepare_cached(
            "SELECT payload FROM sources WHERE position IS NOT NULL ORDER BY position",
        )?;
        let mut rows = statement.query([])?;
        let mut sources = Vec::new();
        while let Some(row) = rows.next()? {
            sources.push(payload::from_text("sources", "", text(row, 0)?)?);
        }
        Ok(sources)
    }

    /// Every source that is stored in full, current or not.
    ///
    /// # Errors
    /// The database fails.
    pub fn known_sources(&self) -> Result<BTreeSet<SourceId>> {
        let mut statement = self.connection.prepare_cached(
            "SELECT id FROM sources WHERE id IN (SELECT owner FROM done WHERE stage = 'crawl')",
        )?;
        let ids = statement.query_map([], |row| row.get(0).map(SourceId::from_bytes))?;
        Ok(ids.collect::<rusqlite::Result<_>>()?)
    }

    /// The current source of this name and origin.
    ///
    /// # Errors
    /// The database fails or is damaged.
    pub fn current_source(&self, name: &str, origin: &str) -> Result<Option<SourceId>> {
        let sources = self.sources()?;
        let is_it = |source: &&Source| source.name == name && source.origin == origin;
        Ok(sources.iter().find(is_it).map(|source| source.id))
    }

    /// Paths and blob ids of the files of a source, in order of their paths.
    ///
    /// # Errors
    /// The database fails.
    pub fn blobs_of(&self, source: SourceId) -> Result<Vec<(String, String)>> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT path, blob FROM files WHERE source = ?1 ORDER BY path")?;
        let rows =
            statement.query_map([source.as_bytes()], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// One source, current or not.
    ///
    /// # Errors
    /// There is none with this identifier, or the database fails.
    pub fn source(&self, id: SourceId) -> Result<Source> {
        self.text_row("sources", "SELECT payload FROM sources WHERE id = ?1", id)
    }

    /// One file.
    ///
    /// # Errors
    /// There is none with this identifier, or the database fails.
    pub fn file(&self, id: FileId) -> Result<File> {
        self.text_row("files", "SELECT payload FROM files WHERE id = ?1", id)
    }

    /// One unit.
    ///
    /// # Errors
    /// There is none with this identifier, or the database fails.
    pub fn unit(&self, id: UnitId) -> Result<Unit> {
        self.text_row("units", "SELECT payload FROM units WHERE id = ?1", id)
    }

    /// The files of a source and their content, in order of their paths.
    ///
    /// # Errors
    /// The database fails or is damaged.
    pub fn files_of(&self, source: SourceId) -> Result<Vec<(File, Vec<u8>)>> {
        self.each_file(source, |file, content| (file, content))
    }

    /// Identifiers, paths and contents of a source's files, by path: what takes little memory for a source of many
    /// files.
    ///
    /// # Errors
    /// The database fails, or a record in it cannot be read.
    pub fn contents_of(&self, source: SourceId) -> Result<Vec<FileContent>> {
        self.each_file(source, |file, content| {
            (file.id, file.path.into(), content.into())
        })
    }

    fn each_file<T>(&self, source: SourceId, keep: impl Fn(File, Vec<u8>) -> T) -> Result<Vec<T>> {
        let mut statement = self.connection.prepare_cached(
            "SELECT f.payload, b.content FROM files f JOIN blobs b ON b.id = f.blob \
             WHERE f.source = ?1 ORDER BY f.path, f.id",
        )?;
        let mut rows = statement.query([source.as_bytes()])?;
        let mut unpacker = Unpacker::new()?;
        let mut files = Vec::new();
        while let Some(row) = rows.next()? {
            let file: File = payload::from_text("files", "", text(row, 0)?)?;
            let content = unpacker.bytes("blobs", &file.blob, blob(row, 1)?)?;
            files.push(keep(file, content));
        }
        Ok(files)
    }

    /// Paths of the files that are there when the packages of a source run, in order.
    ///
    /// # Errors
    /// The database fails.
    pub fn tree_paths(&self, source: SourceId) -> Result<Vec<String>> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT path FROM tree_files WHERE source = ?1 ORDER BY path")?;
        let paths = statement.query_map([source.as_bytes()], |row| row.get(0))?;
        Ok(paths.collect::<rusqlite::Result<_>>()?)
    }

    /// Those of the files of [`Self::tree_files`] that are made, in order.
    ///
    /// # Errors
    /// The database fails or is damaged.
    pub fn made_files(&self, source: SourceId) -> Result<Vec<MadeFile>> {
        let mut statement = self.connection.prepare_cached(
            "SELECT t.path, b.id, b.content FROM tree_files t JOIN blobs b ON b.id = t.blob \
             WHERE t.source = ?1 AND t.made ORDER BY t.path",
        )?;
        let mut rows = statement.query([source.as_bytes()])?;
        let mut unpacker = Unpacker::new()?;
        let mut files = Vec::new();
        while let Some(row) = rows.next()? {
            let content = unpacker.bytes("blobs", text(row, 1)?, blob(row, 2)?)?;
            files.push(MadeFile {
                path: row.get(0)?,
                text: String::from_utf8_lossy(&content).into_owned(),
            });
        }
        Ok(files)
    }

    /// The files that are there when the packages of a source run, with their content, in order.
    ///
    /// # Errors
    /// The database fails or is damaged.
    pub fn tree_files(&self, source: SourceId) -> Result<Vec<(String, Vec<u8>)>> {
        let mut statement = self.connection.prepare_cached(
            "SELECT t.path, b.id, b.content FROM tree_files t JOIN blobs b ON b.id = t.blob \
             WHERE t.source = ?1 ORDER BY t.path",
        )?;
        let mut rows = statement.query([source.as_bytes()])?;
        let mut unpacker = Unpacker::new()?;
        let mut files = Vec::new();
        while let Some(row) = rows.next()? {
            let content = unpacker.bytes("blobs", text(row, 1)?, blob(row, 2)?)?;
            files.push((row.get(0)?, content));
        }
        Ok(files)
    }

    /// One of the files that are there when the packages of a source run.
    ///
    /// # Errors
    /// The database fails or is damaged.
    pub fn tree_file(&self, source: SourceId, path: &str) -> Result<Option<Vec<u8>>> {
        let mut statement = self.connection.prepare_cached(
            "SELECT b.id, b.content FROM tree_files t JOIN blobs b ON b.id = t.blob \
             WHERE t.source = ?1 AND t.path = ?2",
        )?;
        let mut rows = statement.query(rusqlite::params![source.as_bytes(), path])?;
        match rows.next()? {
            None => Ok(None),
            Some(row) => Unpacker::new()?
                .bytes("blobs", text(row, 0)?, blob(row, 1)?)
                .map(Some),
        }
    }

    /// Observations of tests under this key, if they were run.
    ///
    /// # Errors
    /// The database fails or is damaged.
    pub fn test_report(&self, key: &Key) -> Result<Option<TestReport>> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT payload FROM test_reports WHERE key = ?1")?;
        let mut rows = statement.query([key.as_bytes()])?;
        match rows.next()? {
            None => Ok(None),
            Some(row) => Unpacker::new()?
                .row("test_reports", "", blob(row, 0)?)
                .map(Some),
        }
    }

    /// The current programs that run in the package of their source, with the source and their module.
    ///
    /// # Errors
    /// The database fails.
    pub fn packaged_programs(&self) -> Result<BTreeMap<ProgramId, (SourceId, String)>> {
        let mut statement = self.connection.prepare_cached(
            "SELECT p.id, p.source, p.module FROM programs p JOIN sources s ON s.id = p.source \
             WHERE s.position IS NOT NULL AND p.module IS NOT NULL",
        )?;
        let rows = statement.query_map([], |row| {
            let program = ProgramId::from_bytes(row.get(0)?);
            Ok((program, (SourceId::from_bytes(row.get(1)?), row.get(2)?)))
        })?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// The source of each current program: the first by the order of the corpus that has its text.
    ///
    /// # Errors
    /// The database fails.
    pub fn sources_of_programs(&self) -> Result<BTreeMap<ProgramId, SourceId>> {
        let mut statement = self.connection.prepare_cached(
            "SELECT p.id, p.source FROM programs p JOIN sources s ON s.id = p.source \
             WHERE s.position IS NOT NULL ORDER BY s.position DESC",
        )?;
        let rows = statement.query_map([], |row| {
            let program = ProgramId::from_bytes(row.get(0)?);
            Ok((program, SourceId::from_bytes(row.get(1)?)))
        })?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// The current programs, in order of their identifiers.
    ///
    /// # Errors
    /// The database fails.
    pub fn programs(&self) -> Result<Vec<ProgramId>> {
        let mut statement = self.connection.prepare_cached(
            "SELECT DISTINCT p.id FROM programs p JOIN sources s ON s.id = p.source \
             WHERE s.position IS NOT NULL ORDER BY p.id",
        )?;
        let ids = statement.query_map([], |row| row.get(0).map(ProgramId::from_bytes))?;
        Ok(ids.collect::<rusqlite::Result<_>>()?)
    }

    /// The current programs that have a verified run.
    ///
    /// # Errors
    /// The database fails.
    pub fn verified_programs(&self) -> Result<BTreeSet<ProgramId>> {
        let sql = format!(
            "SELECT DISTINCT r.program FROM runs r INDEXED BY runs_by_program \
             WHERE r.verdict = 'verified' AND {CALL_IS_CURRENT}"
        );
        let mut statement = self.connection.prepare_cached(&sql)?;
        let ids = statement.query_map([], |row| row.get(0).map(ProgramId::from_bytes))?;
        Ok(ids.collect::<rusqlite::Result<_>>()?)
    }

    /// The current programs with the calls that were mined for them, which may be none; both in order
    /// of their identifiers.
    ///
    /// # Errors
    /// The database fails.
    pub fn programs_with_mined_calls(&self) -> Result<Vec<(ProgramId, Vec<CallId>)>> {
        let mut statement = self.connection.prepare_cached(
            "SELECT DISTINCT c.program, c.id FROM calls c JOIN sources s ON s.id = c.source \
             WHERE s.position IS NOT NULL AND c.kind NOT IN ('generated', 'mutated') \
             ORDER BY c.program, c.id",
        )?;
        let mut rows = statement.query([])?;
        let mut calls: BTreeMap<ProgramId, Vec<CallId>> = BTreeMap::new();
        while let Some(row) = rows.next()? {
            let program = ProgramId::from_bytes(row.get(0)?);
            let call = CallId::from_bytes(row.get(1)?);
            calls.entry(program).or_default().push(call);
        }
        let programs = self.programs()?.into_iter();
        let listed = programs.map(|program| (program, calls.remove(&program).unwrap_or_default()));
        Ok(listed.collect())
    }

    /// One program. If several places have the same text, the first by the order of the corpus and then by
    /// path is its origin.
    ///
    /// # Errors
    /// No current source has it, or the database fails.
    pub fn program(&self, id: ProgramId) -> Result<Program> {
        let sql = "SELECT p.payload FROM programs p JOIN sources s ON s.id = p.source \
             JOIN files f ON f.id = p.file WHERE p.id = ?1 AND s.position IS NOT NULL \
             ORDER BY s.position, f.path, p.unit LIMIT 1";
        self.packed_row("programs", sql, id)
    }

    /// The calls of a program, in order of their identifiers. Where several sources have the same call,
    /// the first by the order of the corpus is what it is said to come from.
    ///
    /// # Errors
    /// The database fails or is damaged.
    pub fn calls_of(&self, program: ProgramId) -> Result<Vec<Call>> {
        let mut statement = self.connection.prepare_cached(
            "SELECT c.payload FROM calls c JOIN sources s ON s.id = c.source \
             WHERE c.program = ?1 AND s.position IS NOT NULL ORDER BY c.id, s.position",
        )?;
        let mut rows = statement.query([program.as_bytes()])?;
        let mut calls: Vec<Call> = Vec::new();
        while let Some(row) = rows.next()? {
            let call: Call = payload::from_text("calls", "", text(row, 0)?)?;
            if calls.last().is_none_or(|last| last.id != call.id) {
                calls.push(call);
            }
        }
        Ok(calls)
    }

    /// One call.
    ///
    /// # Errors
    /// No current source has it, or the database fails.
    pub fn call(&self, id: CallId) -> Result<Call> {
        let sql = "SELECT c.payload FROM calls c JOIN sources s ON s.id = c.source \
             WHERE c.id = ?1 AND s.position IS NOT NULL ORDER BY s.position LIMIT 1";
        self.text_row("calls", sql, id)
    }

    /// Every current program with its calls, in order of the programs' identifiers, one at a time,
    /// until `visit` breaks.
    ///
    /// # Errors
    /// The database fails or is damaged.
    pub fn each_program(
        &self,
        mut visit: impl FnMut(Program, Vec<Call>) -> ControlFlow<()>,
    ) -> Result<()> {
        for id in self.programs()? {
            if visit(self.program(id)?, self.calls_of(id)?).is_break() {
                break;
            }
        }
        Ok(())
    }

    /// The runs of a program's current calls, in order of their identifiers.
    ///
    /// # Errors
    /// The database fails or is damaged.
    pub fn runs_of(&self, program: ProgramId) -> Result<Vec<Run>> {
        let sql = format!(
            "SELECT r.payload FROM runs r WHERE r.program = ?1 AND {CALL_IS_CURRENT} ORDER BY r.id"
        );
        let mut statement = self.connection.prepare_cached(&sql)?;
        let mut rows = statement.query([program.as_bytes()])?;
        let mut unpacker = Unpacker::new()?;
        let mut runs = Vec::new();
        while let Some(row) = rows.next()? {
            runs.push(unpacker.row("runs", "", blob(row, 0)?)?);
        }
        Ok(runs)
    }

    /// The identifiers of [`Self::runs_of`], without reading the runs.
    ///
    /// # Errors
    /// The database fails.
    pub fn run_ids_of(&self, program: ProgramId) -> Result<Vec<RunId>> {
        let sql = format!(
            "SELECT r.id FROM runs r WHERE r.program = ?1 AND {CALL_IS_CURRENT} ORDER BY r.id"
        );
        let mut statement = self.connection.prepare_cached(&sql)?;
        let ids = statement.query_map([program.as_bytes()], |row| {
            row.get(0).map(RunId::from_bytes)
        })?;
        Ok(ids.collect::<rusqlite::Result<_>>()?)
    }

    /// One run.
    ///
    /// # Errors
    /// There is none with this identifier, or the database fails.
    pub fn run(&self, id: RunId) -> Result<Run> {
        self.packed_row("runs", "SELECT payload FROM runs WHERE id = ?1", id)
    }

    /// The one row that `sql` finds for an identifier, its payload kept as text.
    fn text_row<I, T>(&self, table: &'static str, sql: &str, id: I) -> Result<T>
    where
        I: std::fmt::Display + Identifier,
        T: serde::de::DeserializeOwned,
    {
        let json: String = self.one(table, sql, &id.to_string(), [id.bytes()])?;
        payload::from_text(table, &id.to_string(), &json)
    }

    /// The one row that `sql` finds for an identifier, its payload compressed.
    fn packed_row<I, T>(&self, table: &'static str, sql: &str, id: I) -> Result<T>
    where
        I: std::fmt::Display + Identifier,
        T: serde::de::DeserializeOwned,
    {
        let packed: Vec<u8> = self.one(table, sql, &id.to_string(), [id.bytes()])?;
        Unpacker::new()?.row(table, &id.to_string(), &packed)
    }

    fn one<T: rusqlite::types::FromSql>(
        &self,
        table: &'static str,
        sql: &str,
        id: &str,
        parameters: impl Params,
    ) -> Result<T> {
        self.connection
            .prepare_cached(sql)?
            .query_row(parameters, |row| row.get(0))
            .optional()?
            .ok_or_else(|| StoreError::NotFound {
                what: table.strip_suffix('s').unwrap_or(table),
                id: id.to_owned(),
            })
    }
}

/// The bytes by which a row is found.
trait Identifier {
    fn bytes(&self) -> [u8; 16];
}

macro_rules! identifiers {
    ($($name:ident),*) => {
        $(impl Identifier for $name {
            fn bytes(&self) -> [u8; 16] {
                *self.as_bytes()
            }
        })*
    };
}

identifiers!(SourceId, FileId, UnitId, ProgramId, CallId, RunId);

/// A text column, borrowed.
pub(crate) fn text<'row>(row: &'row Row<'_>, column: usize) -> Result<&'row str> {
    let value = row.get_ref(column)?;
    value
        .as_str()
        .map_err(|error| payload::damaged("a row", "", error.to_string()))
}

/// A blob column, borrowed.
pub(crate) fn blob<'row>(row: &'row Row<'_>, column: usize) -> Result<&'row [u8]> {
    let value = row.get_ref(column)?;
    value
        .as_blob()
        .map_err(|error| payload::damaged("a row", "", error.to_string()))
}
