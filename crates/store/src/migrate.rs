//! The store's layouts and the steps between them.
//!
//! `PRAGMA user_version` counts the steps that were applied. A step is never changed once released;
//! a new layout is a new file.

use rusqlite::{Connection, TransactionBehavior};

/// Marks a database as a Tracestone store: `TrSt` in ASCII.
pub(crate) const APPLICATION_ID: i32 = 0x5472_5374;

/// The steps, in order.
pub(crate) const MIGRATIONS: &[&str] = &[
    include_str!("../migrations/0001_initial.sql"),
    include_str!("../migrations/0002_texts.sql"),
    include_str!("../migrations/0003_trees.sql"),
    include_str!("../migrations/0004_tests.sql"),
    include_str!("../migrations/0005_glance.sql"),
    include_str!("../migrations/0006_facts.sql"),
    include_str!("../migrations/0007_marks.sql"),
    include_str!("../migrations/0008_behaviours.sql"),
];

/// The layout that this version of the tool reads and writes.
pub(crate) fn current_layout() -> u32 {
    MIGRATIONS.len() as u32
}

/// The layout of a database; 0 for an empty one.
pub(crate) fn layout(connection: &Connection) -> rusqlite::Result<u32> {
    connection.pragma_query_value(None, "user_version", |row| row.get(0))
}

/// Applies the steps that the database lacks. Each step is one transaction together with its number,
/// so that a killed migration leaves the layout before or after a step.
pub(crate) fn migrate(connection: &mut Connection, steps: &[&str]) -> rusqlite::Result<()> {
    let applied = layout(connection)? as usize;
    for (number, step) in steps.iter().enumerate().skip(applied) {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        transaction.execute_batch(step)?;
        transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
        transaction.pragma_update(None, "user_version", number as u32 + 1)?;
        transaction.commit()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: &[&str] = &["CREATE TABLE a (x); INSERT INTO a VALUES (1);"];
    const NEW: &[&str] = &[OLD[0], "ALTER TABLE a ADD COLUMN y DEFAULT 7;"];
    const BROKEN: &[&str] = &[OLD[0], NEW[1], "CREATE TABLE b (x); SELECT nonsense;"];

    #[test]
    fn an_old_layout_is_brought_up_to_date_and_keeps_its_rows() {
        let mut connection = Connection::open_in_memory().unwrap();
        migrate(&mut connection, OLD).unwrap();
        assert_eq!(layout(&connection), Ok(1));
        migrate(&mut connection, NEW).unwrap();
        migrate(&mut connection, NEW).unwrap();
        assert_eq!(layout(&connection), Ok(2));
        let row: (i64, i64) = connection
            .query_row("SELECT x, y FROM a", [], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })
            .unwrap();
        assert_eq!(row, (1, 7));
    }

    #[test]
    fn a_failing_step_leaves_the_layout_before_it() {
        let mut connection = Connection::open_in_memory().unwrap();
        assert!(migrate(&mut connection, BROKEN).is_err());
        assert_eq!(layout(&connection), Ok(2));
        assert!(connection.prepare("SELECT * FROM b").is_err());
    }

    #[test]
    fn the_real_steps_apply_to_an_empty_database() {
        let mut connection = Connection::open_in_memory().unwrap();
        migrate(&mut connection, MIGRATIONS).unwrap();
        assert_eq!(layout(&connection), Ok(current_layout()));
    }
}
