//! Records to a file and back.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;

use parquet::file::properties::WriterProperties;
use parquet::file::reader::{FileReader as _, SerializedFileReader};
use serde::Serialize;
use tracestone_record::{LatentKind, LedgerRow};

use super::*;

fn row(byte: u32) -> LedgerRow {
    LedgerRow {
        sample: format!("s{byte}"),
        token: (!byte.is_multiple_of(2)).then_some(byte),
        byte,
        step: -1,
        variable: "total".to_owned(),
        value: "x".repeat(byte as usize % 50),
        kind: LatentKind::Latent,
        semantics: "python".to_owned(),
    }
}

fn written(rows: &[LedgerRow], group: Group) -> tempfile::NamedTempFile {
    let file = tempfile::NamedTempFile::new().unwrap();
    let properties = Arc::new(WriterProperties::default());
    let mut writer =
        TableWriter::new(file.reopen().unwrap(), ledger_table(), properties, group).unwrap();
    for row in rows {
        writer.push(row).unwrap();
    }
    writer.finish().unwrap();
    file
}

fn read(file: &tempfile::NamedTempFile) -> Result<Vec<LedgerRow>, RowError> {
    let mut rows = Vec::new();
    let _ = read_rows(file.reopen().unwrap(), Wanted::All, &mut |row| {
        rows.push(row);
        ControlFlow::Continue(())
    })?;
    Ok(rows)
}

#[test]
fn groups_end_at_their_limits_and_rows_come_back() {
    let rows: Vec<_> = (0..1000).chain([u32::MAX]).map(row).collect();
    for (group, expected) in [
        (
            Group {
                rows: 300,
                bytes: usize::MAX,
                cuts: None,
            },
            vec![300, 300, 300, 101],
        ),
        // Looked at after each batch of rows.
        (
            Group {
                rows: 2000,
                bytes: 1,
                cuts: None,
            },
            vec![256, 256, 256, 233],
        ),
        (
            Group {
                rows: 1001,
                bytes: usize::MAX,
                cuts: None,
            },
            vec![1001],
        ),
    ] {
        let file = written(&rows, group);
        let reader = SerializedFileReader::new(file.reopen().unwrap()).unwrap();
        let groups = reader.metadata().row_groups().iter();
        let counts: Vec<_> = groups.map(|group| group.num_rows()).collect();
        if group.bytes == usize::MAX {
            assert_eq!(counts, expected);
        }
        assert_eq!(counts.iter().sum::<i64>(), 1001);
        assert!(read(&file).unwrap() == rows);
    }
}

#[test]
fn pages_are_indexed() {
    let rows: Vec<_> = (0..1000).map(row).collect();
    let file = written(
        &rows,
        Group {
            rows: 500,
            bytes: usize::MAX,
            cuts: None,
        },
    );
    let reader = SerializedFileReader::new(file.reopen().unwrap()).unwrap();
    for group in reader.metadata().row_groups() {
        for column in group.columns() {
            assert!(column.statistics().is_some());
            assert!(
                column.offset_index_offset().is_some() && column.column_index_offset().is_some()
            );
        }
    }
}

/// The pages of each column, in a file whose pages and groups may end before every tenth row.
fn pages(rows: &[LedgerRow]) -> Vec<Vec<Vec<u8>>> {
    let file = tempfile::NamedTempFile::new().unwrap();
    let properties = WriterProperties::builder()
        .set_dictionary_enabled(false)
        .set_data_page_row_count_limit(1)
        .build();
    let group = Group {
        rows: usize::MAX,
        bytes: usize::MAX,
        cuts: Some(Cuts {
            page_rows: 30,
            page_bytes: 100,
            group_bytes: 9_000,
        }),
    };
    let (out, properties) = (file.reopen().unwrap(), Arc::new(properties));
    let mut writer = TableWriter::new(out, ledger_table(), properties, group).unwrap();
    for row in rows {
        if row.byte.is_multiple_of(10) {
            writer.cut(row.byte.is_multiple_of(100)).unwrap();
        }
        writer.push(row).unwrap();
    }
    writer.finish().unwrap();
    assert!(read(&file).unwrap() == rows);
    let reader = SerializedFileReader::new(file.reopen().unwrap()).unwrap();
    let mut columns = vec![Vec::new(); ledger_table().fields().len()];
    for number in 0..reader.num_row_groups() {
        let group = reader.get_row_group(number).unwrap();
        for (column, pages) in columns.iter_mut().enumerate() {
            let mut found = group.get_column_page_reader(column).unwrap();
            while let Some(page) = found.get_next_page().unwrap() {
                pages.push(page.buffer().to_vec());
            }
        }
    }
    columns
}

#[test]
fn what_new_rows_change_ends_at_a_cut() {
    let mut rows: Vec<_> = (0..1000).map(row).collect();
    for row in &mut rows {
        row.value = format!("{} is a number", row.byte * 7919);
    }
    let before = pages(&rows);
    let count = |name| {
        let fields = ledger_table().fields();
        let place = fields.iter().position(|column| column.name == name);
        before[place.unwrap()].len()
    };
    // One page in a group of a column that has nothing new, several of one that has.
    assert!(count("kind") > 1 && count("kind") < 6, "{}", count("kind"));
    assert!(count("value") > 15, "{}", count("value"));
    let new: Vec<_> = rows[402..405].to_vec();
    rows.splice(402..402, new);
    let after = pages(&rows);
    for (before, after) in before.iter().zip(&after) {
        let added = after.iter().filter(|page| !before.contains(page)).count();
        assert!(added <= 2, "{added} of {}", after.len());
    }
}

#[test]
fn a_table_without_rows_has_its_columns() {
    let file = written(
        &[],
        Group {
            rows: 1,
            bytes: 1,
            cuts: None,
        },
    );
    assert!(read(&file).unwrap().is_empty());
    let reader = SerializedFileReader::new(file.reopen().unwrap()).unwrap();
    assert_eq!(reader.metadata().num_row_groups(), 0);
    let root = reader.metadata().file_metadata().schema();
    assert_eq!(root.get_fields().len(), 8);
}

#[test]
fn a_record_that_does_not_fit_is_refused_with_its_column() {
    #[derive(Serialize)]
    struct Other {
        sample: &'static str,
        byte: i64,
    }
    let mut writer = TableWriter::new(
        Vec::new(),
        ledger_table(),
        Arc::new(WriterProperties::default()),
        Group {
            rows: 1,
            bytes: 1,
            cuts: None,
        },
    )
    .unwrap();
    let mut why = |record: &dyn Fn(&mut TableWriter<Vec<u8>>) -> String| record(&mut writer);
    let text = why(&|writer| {
        let record = Other {
            sample: "s",
            byte: -1,
        };
        writer.push(&record).unwrap_err().to_string()
    });
    assert!(
        text.contains("column `byte` does not hold the number -1"),
        "{text}"
    );
    let text = why(&|writer| writer.push(&"text").unwrap_err().to_string());
    assert!(
        text.contains("column `schema` does not hold text"),
        "{text}"
    );
    let text = why(&|writer| {
        let record = BTreeMap::from([("sample", 1)]);
        writer.push(&record).unwrap_err().to_string()
    });
    assert!(text.contains("does not hold a map"), "{text}");
    #[derive(Serialize)]
    struct Further {
        sample: &'static str,
        other: u32,
    }
    let text = why(&|writer| {
        let record = Further {
            sample: "s",
            other: 1,
        };
        writer.push(&record).unwrap_err().to_string()
    });
    assert!(
        text.contains("column `byte` does not hold nothing"),
        "{text}"
    );
}

#[test]
fn damaged_files_are_refused_or_read_but_never_end_the_program() {
    let rows: Vec<_> = (0..60).map(row).collect();
    let file = written(
        &rows,
        Group {
            rows: 40,
            bytes: usize::MAX,
            cuts: None,
        },
    );
    let whole = std::fs::read(file.path()).unwrap();
    let mut refused = 0;
    for place in 0..whole.len() {
        let mut damaged = whole.clone();
        damaged[place] ^= 0x55;
        std::fs::write(file.path(), &damaged).unwrap();
        refused += usize::from(read(&file).is_err());
        if place.is_multiple_of(16) {
            std::fs::write(file.path(), &whole[..place]).unwrap();
            assert!(read(&file).is_err());
        }
    }
    assert!(refused > 0);
}
