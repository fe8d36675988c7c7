//! The columns of a record: names, types and nullability from its JSON Schema, the order from its
//! declaration.

use std::ops::Range;
use std::sync::LazyLock;

use parquet::basic::{LogicalType, Repetition, Type as Physical};
use parquet::errors::Result;
use parquet::schema::types::{Type, TypePtr};
use serde::de::value::Error as Refused;
use serde::de::{DeserializeOwned, Deserializer, Error as _, Visitor};
use serde_json::Value;
use tracestone_record::{
    Evidence, Facts, InputOrigin, LedgerRow, LicenseEvidence, MadeFile, PackageForm, Provenance,
    Question, Sample,
};

/// A column, or a struct or list of columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Column {
    pub(crate) name: String,
    pub(crate) nullable: bool,
    pub(crate) kind: Kind,
    /// The definition level of a value that is there.
    pub(super) definition: i16,
    /// The repetition level of a list's second and later items.
    pub(super) repetition: i16,
    /// The columns of values at or below it, by number.
    pub(super) leaves: Range<usize>,
}

/// The type of a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Text in UTF-8.
    Text,
    /// A number from 0 to 2^32 - 1.
    Unsigned,
    /// A number from -2^31 to 2^31 - 1.
    Signed,
    /// True or false.
    Truth,
    /// A struct of columns.
    Struct(Vec<Column>),
    /// A list of items.
    List(Box<Column>),
}

/// The columns of an exported sample, as fields of one struct.
pub(crate) fn sample_table() -> &'static Column {
    static TABLE: LazyLock<Column> =
        LazyLock::new(|| fixed("Sample", &tracestone_record::sample_schema()));
    &TABLE
}

/// The columns of the latent ledger, as fields of one struct.
pub(crate) fn ledger_table() -> &'static Column {
    static TABLE: LazyLock<Column> =
        LazyLock::new(|| fixed("LedgerRow", &tracestone_record::ledger_schema()));
    &TABLE
}

/// The names of the fields of a record's struct, in the order of its declaration, in which it is
/// written. A JSON Schema sorts its properties by name.
fn declared(definition: &str) -> Option<&'static [&'static str]> {
    match definition {
        "Sample" => fields::<Sample>(),
        "PackageForm" => fields::<PackageForm>(),
        "MadeFile" => fields::<MadeFile>(),
        "Question" => fields::<Question>(),
        "Facts" => fields::<Facts>(),
        "InputOrigin" => fields::<InputOrigin>(),
        "Provenance" => fields::<Provenance>(),
        "LicenseEvidence" => fields::<LicenseEvidence>(),
        "Evidence" => fields::<Evidence>(),
        "LedgerRow" => fields::<LedgerRow>(),
        _ => None,
    }
}

fn fixed(definition: &str, schema: &str) -> Column {
    // The record's types are fixed when this crate is compiled, and its tests derive their columns.
    derive(definition, schema).expect("the columns of a record's type")
}

/// The columns of a struct that is described by a JSON Schema.
fn derive(definition: &str, schema: &str) -> std::result::Result<Column, String> {
    let root: Value = serde_json::from_str(schema).map_err(|error| error.to_string())?;
    let fields = Deriving { root: &root }.fields(definition, &root)?;
    let mut table = Column::new("schema", false, Kind::Struct(fields));
    table.place(0, 0, &mut 0);
    Ok(table)
}

struct Deriving<'a> {
    root: &'a Value,
}

impl Deriving<'_> {
    fn fields(&self, definition: &str, schema: &Value) -> std::result::Result<Vec<Column>, String> {
        let order = declared(definition).ok_or_else(|| {
            format!("the order of the fields of `{definition}` is not known to `declared`")
        })?;
        let none = serde_json::Map::new();
        let properties = schema["properties"].as_object().unwrap_or(&none);
        let mut columns = Vec::with_capacity(properties.len());
        // A declaration also names the aliases of fields, which are no properties.
        for name in order.iter().filter(|name| properties.contains_key(**name)) {
            let property = &properties[*name];
            let required = schema["required"]
                .as_array()
                .is_some_and(|names| names.iter().any(|found| found == name));
            // A field with a default that is always written is there in every row.
            let written = required || property.get("default").is_some();
            let (kind, null) = self
                .kind(property)
                .map_err(|why| format!("{definition}.{name}: {why}"))?;
            columns.push(Column::new(name, null || !written, kind));
        }
        match columns.len() == properties.len() {
            true => Ok(columns),
            false => Err(format!("a property of `{definition}` is no declared field")),
        }
    }

    /// The type, and whether null is one of its values.
    fn kind(&self, schema: &Value) -> std::result::Result<(Kind, bool), String> {
        if let Some(reference) = schema["$ref"].as_str() {
            let target = self
                .root
                .pointer(reference.trim_start_matches('#'))
                .ok_or_else(|| format!("`{reference}` leads nowhere"))?;
            if target.get("properties").is_some() {
                let name = reference.rsplit('/').next().unwrap_or_default();
                return Ok((Kind::Struct(self.fields(name, target)?), false));
            }
            return self.kind(target);
        }
        if let Some(choices) = schema["anyOf"].as_array() {
            let null = choices.iter().any(|choice| choice["type"] == "null");
            let value = choices.iter().find(|choice| choice["type"] != "null");
            let (kind, inner) = self.kind(value.ok_or("nothing but null")?)?;
            return Ok((kind, null || inner));
        }
        // The words of an enumeration.
        if let Some(choices) = schema["oneOf"].as_array() {
            return match choices.iter().all(|choice| choice["type"] == "string") {
                true => Ok((Kind::Text, false)),
                false => Err("a choice of several types is not supported".to_owned()),
            };
        }
        let types = match &schema["type"] {
            Value::Array(types) => types.iter().filter_map(Value::as_str).collect(),
            one => Vec::from_iter(one.as_str()),
        };
        let null = types.contains(&"null");
        let kind = match types.iter().find(|name| **name != "null") {
            Some(&"string") => Kind::Text,
            Some(&"boolean") => Kind::Truth,
            Some(&"integer") => match schema["format"].as_str() {
                Some("uint8" | "uint16" | "uint32") => Kind::Unsigned,
                Some("int8" | "int16" | "int32") => Kind::Signed,
                other => {
                    return Err(format!(
                        "integers of the format {other:?} are not supported"
                    ));
                }
            },
            Some(&"array") => {
                let (kind, _) = self.kind(&schema["items"])?;
                Kind::List(Box::new(Column::new("item", true, kind)))
            }
            other => return Err(format!("the type {other:?} is not supported")),
        };
        Ok((kind, null))
    }
}

impl Column {
    fn new(name: &str, nullable: bool, kind: Kind) -> Self {
        Self {
            name: name.to_owned(),
            nullable,
            kind,
            definition: 0,
            repetition: 0,
            leaves: 0..0,
        }
    }

    /// The fields of a struct.
    pub(crate) fn fields(&self) -> &[Self] {
        match &self.kind {
            Kind::Struct(fields) => fields,
            _ => &[],
        }
    }

    /// Numbers the columns of values and computes levels.
    fn place(&mut self, definition: i16, repetition: i16, leaf: &mut usize) {
        let first = *leaf;
        self.definition = definition + i16::from(self.nullable);
        self.repetition = repetition;
        match &mut self.kind {
            Kind::Struct(fields) => {
                for field in fields {
                    field.place(self.definition, repetition, leaf);
                }
            }
            Kind::List(item) => {
                self.repetition += 1;
                item.place(self.definition + 1, self.repetition, leaf);
            }
            _ => *leaf += 1,
        }
        self.leaves = first..*leaf;
    }

    fn parquet(&self) -> Result<Type> {
        let repetition = match self.nullable {
            true => Repetition::OPTIONAL,
            false => Repetition::REQUIRED,
        };
        let leaf = |physical, logical| {
            Type::primitive_type_builder(&self.name, physical)
                .with_repetition(repetition)
                .with_logical_type(logical)
                .build()
        };
        match &self.kind {
            Kind::Text => leaf(Physical::BYTE_ARRAY, Some(LogicalType::String)),
            Kind::Unsigned => leaf(Physical::INT32, Some(LogicalType::integer(32, false))),
            Kind::Signed => leaf(Physical::INT32, None),
            Kind::Truth => leaf(Physical::BOOLEAN, None),
            Kind::Struct(inner) => Type::group_type_builder(&self.name)
                .with_repetition(repetition)
                .with_fields(all(inner)?)
                .build(),
            Kind::List(item) => {
                let items = Type::group_type_builder("list")
                    .with_repetition(Repetition::REPEATED)
                    .with_fields(vec![item.parquet()?.into()])
                    .build()?;
                Type::group_type_builder(&self.name)
                    .with_repetition(repetition)
                    .with_logical_type(Some(LogicalType::List))
                    .with_fields(vec![items.into()])
                    .build()
            }
        }
    }
}

/// The columns of a table as a Parquet schema.
pub(super) fn parquet_schema(table: &Column) -> Result<TypePtr> {
    let root = Type::group_type_builder(&table.name).with_fields(all(table.fields())?);
    Ok(root.build()?.into())
}

fn all(columns: &[Column]) -> Result<Vec<TypePtr>> {
    columns
        .iter()
        .map(|column| column.parquet().map(Into::into))
        .collect()
}

/// The names of a struct's fields, from what its derived `Deserialize` asks for.
fn fields<T: DeserializeOwned>() -> Option<&'static [&'static str]> {
    let mut names = Names(None);
    // Always refused: it is asked for names, and has no values.
    drop(T::deserialize(&mut names));
    names.0
}

/// A deserializer that notes the names of a struct's fields.
struct Names(Option<&'static [&'static str]>);

impl<'de> Deserializer<'de> for &mut Names {
    type Error = Refused;

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        _: V,
    ) -> std::result::Result<V::Value, Refused> {
        self.0 = Some(fields);
        Err(Refused::custom("no values"))
    }

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> std::result::Result<V::Value, Refused> {
        Err(Refused::custom("not a struct"))
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit
        unit_struct newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(columns: &[Column]) -> Vec<&str> {
        columns.iter().map(|column| column.name.as_str()).collect()
    }

    fn column<'a>(columns: &'a [Column], name: &str) -> &'a Column {
        columns.iter().find(|column| column.name == name).unwrap()
    }

    #[test]
    fn the_columns_of_a_sample_are_its_fields_in_their_order() {
        let columns = sample_table().fields();
        let expected = "id kind schema language program package entry setup call question prompt prompt_style system answer \
                        other_answers answer_type rationale rationale_form facts input_origin provenance evidence \
                        group split cluster";
        assert_eq!(names(columns).join(" "), expected);
        let nullable: Vec<_> = columns.iter().filter(|column| column.nullable).collect();
        let nullable: Vec<_> = nullable.iter().map(|column| &column.name).collect();
        assert_eq!(
            nullable,
            [
                "language",
                "package",
                "prompt_style",
                "system",
                "other_answers",
                "rationale_form",
                "input_origin",
                "cluster"
            ]
        );
        let facts = column(columns, "facts").fields();
        assert_eq!(column(facts, "answer_in_prompt").kind, Kind::Truth);
        assert!(!column(facts, "trivial").nullable && column(facts, "runs").nullable);
        let provenance = column(columns, "provenance").fields();
        let Kind::List(item) = &column(provenance, "license_evidence").kind else {
            panic!("license_evidence is a list");
        };
        let evidence = item.fields();
        assert_eq!(column(evidence, "confidence").kind, Kind::Unsigned);
        assert!(column(evidence, "line").nullable && !column(evidence, "rule").nullable);
        assert_eq!(column(evidence, "line").definition, 3);
        assert_eq!(item.repetition, 1);
    }

    #[test]
    fn the_columns_of_the_ledger_are_its_fields_in_their_order() {
        let columns = ledger_table().fields();
        let expected = "sample token byte step variable value kind semantics";
        assert_eq!(names(columns).join(" "), expected);
        assert_eq!(column(columns, "step").kind, Kind::Signed);
        let nullable: Vec<_> = columns.iter().filter(|column| column.nullable).collect();
        assert_eq!(nullable, [column(columns, "token")]);
    }

    #[test]
    fn a_type_that_is_no_column_is_refused_by_name() {
        let schema = r#"{"properties": {"sample": {"type": "number"}}, "required": ["sample"]}"#;
        let why = derive("LedgerRow", schema).unwrap_err();
        assert!(
            why.starts_with("LedgerRow.sample: the type Some(\"number\")"),
            "{why}"
        );
        let why = derive("Other", schema).unwrap_err();
        assert!(why.contains("`Other`"), "{why}");
    }
}
