//! The facts of samples as a narrow table, which selections read in place of the samples.

use std::sync::LazyLock;

use rusqlite::{Row, Transaction};
use tracestone_mix::{FACTS, Fact, Narrow, Sign, Signs};
use tracestone_record::{InputKind, Sample, SampleRow};

use crate::payload::damaged;
use crate::{Result, StoreError};

/// The columns of `sample_facts` that [`read`] expects, each with this prefix.
pub(crate) fn columns(prefix: &str) -> String {
    let names = ["origin", "answer"].into_iter();
    let names = names.chain(Sign::ALL.map(Sign::name));
    let names = names.chain(Fact::ALL.map(Fact::name));
    let names: Vec<_> = names.map(|name| format!("{prefix}{name}")).collect();
    names.join(", ")
}

/// The statement that writes the facts of a sample.
static INSERT: LazyLock<String> = LazyLock::new(|| {
    let places = 1..=4 + Sign::ALL.len() + FACTS;
    let places: Vec<_> = places.map(|place| format!("?{place}")).collect();
    format!(
        "INSERT OR REPLACE INTO sample_facts (id, program, {}) VALUES ({})",
        columns(""),
        places.join(", ")
    )
});

/// Writes the facts of a sample.
pub(crate) fn insert(transaction: &Transaction<'_>, row: &SampleRow) -> Result<()> {
    let sample: &Sample = &row.sample;
    let narrow = Narrow::of(sample);
    let mut statement = transaction.prepare_cached(&INSERT)?;
    let mut place = 0;
    let mut bind = |value: &dyn rusqlite::ToSql| {
        place += 1;
        statement.raw_bind_parameter(place, value)
    };
    bind(sample.id.as_bytes())?;
    bind(row.program.as_bytes())?;
    bind(&narrow.origin.map(InputKind::name))?;
    // SQLite's integers are signed.
    bind(&narrow.answer.cast_signed())?;
    for sign in Sign::ALL {
        bind(&narrow.signs.has(sign))?;
    }
    for fact in narrow.facts() {
        bind(fact)?;
    }
    statement.raw_execute()?;
    Ok(())
}

/// The facts whose columns start at `first`; `None` for a sample without any.
pub(crate) fn read(row: &Row<'_>, first: usize) -> Result<Option<Narrow>> {
    let Some(answer) = row.get::<_, Option<i64>>(first + 1)? else {
        return Ok(None);
    };
    let origin: Option<String> = row.get(first)?;
    let origin = origin.map(|name| {
        InputKind::from_name(&name)
            .ok_or_else(|| damaged("sample_facts", "", format!("unknown origin {name}")))
    });
    let mut signs = Signs::default();
    for (place, sign) in Sign::ALL.into_iter().enumerate() {
        signs = signs.with(sign, row.get(first + 2 + place)?);
    }
    let mut facts = [None; FACTS];
    for (place, fact) in facts.iter_mut().enumerate() {
        *fact = row.get(first + 2 + Sign::ALL.len() + place)?;
    }
    let origin = origin.transpose()?;
    Ok::<_, StoreError>(Some(Narrow::new(
        origin,
        signs,
        answer.cast_unsigned(),
        facts,
    )))
}
