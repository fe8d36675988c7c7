//! A record taken apart into the values of its columns.
//!
//! A value stands in its column with two levels, as in Dremel and Parquet: the definition level says how
//! much of the path to it is there, the repetition level which list goes on.

use std::fmt::Display;

use parquet::data_type::ByteArray;
use serde::Serialize;
use serde::ser::{self, Impossible, SerializeSeq, SerializeStruct, SerializeTuple, Serializer};

use super::columns::{Column, Kind};

/// The values of one column that wait to be encoded.
#[derive(Debug, Default)]
pub(super) struct Leaf {
    pub(super) values: Values,
    /// A level for each value and each place without one.
    pub(super) definitions: Vec<i16>,
    pub(super) repetitions: Vec<i16>,
    /// The bytes of texts.
    pub(super) bytes: usize,
    /// The bytes of texts that are neither at the start nor at the end of the one before.
    pub(super) new_bytes: usize,
}

#[derive(Debug, Default)]
pub(super) enum Values {
    #[default]
    None,
    Texts(Vec<ByteArray>),
    Numbers(Vec<i32>),
    Truths(Vec<bool>),
}

/// A record that does not fit its columns.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct Mismatch(String);

impl ser::Error for Mismatch {
    fn custom<T: Display>(why: T) -> Self {
        Self(why.to_string())
    }
}

type Result<T> = std::result::Result<T, Mismatch>;

impl Leaf {
    fn level(&mut self, definition: i16, repetition: i16) {
        self.definitions.push(definition);
        self.repetitions.push(repetition);
    }

    pub(super) fn clear(&mut self) {
        self.definitions.clear();
        self.repetitions.clear();
        (self.bytes, self.new_bytes) = (0, 0);
        match &mut self.values {
            Values::None => {}
            Values::Texts(values) => values.clear(),
            Values::Numbers(values) => values.clear(),
            Values::Truths(values) => values.clear(),
        }
    }
}

/// The bytes of a text that are neither at the start nor at the end of the one before.
fn new_bytes(before: &[u8], text: &[u8]) -> usize {
    let alike = |pairs: &mut dyn Iterator<Item = (&u8, &u8)>| {
        pairs.take_while(|(one, other)| one == other).count()
    };
    let start = alike(&mut before.iter().zip(text));
    let (before, text) = (&before[start..], &text[start..]);
    text.len() - alike(&mut before.iter().rev().zip(text.iter().rev()))
}

/// A leaf for each column of values at or below a column.
pub(super) fn leaves(column: &Column) -> Vec<Leaf> {
    let values = match &column.kind {
        Kind::Struct(inner) => return inner.iter().flat_map(leaves).collect(),
        Kind::List(item) => return leaves(item),
        Kind::Text => Values::Texts(Vec::new()),
        Kind::Unsigned | Kind::Signed => Values::Numbers(Vec::new()),
        Kind::Truth => Values::Truths(Vec::new()),
    };
    vec![Leaf {
        values,
        ..Leaf::default()
    }]
}

/// Adds the values of a record, which `table` describes, to the leaves of its columns.
pub(super) fn shred<T: Serialize>(record: &T, table: &Column, leaves: &mut [Leaf]) -> Result<()> {
    record.serialize(Place {
        column: table,
        leaves,
        repetition: 0,
    })
}

/// The serializer of the value of one column.
struct Place<'a> {
    column: &'a Column,
    leaves: &'a mut [Leaf],
    repetition: i16,
}

impl<'a> Place<'a> {
    fn wrong<T>(&self, found: &str) -> Result<T> {
        Err(Mismatch(format!(
            "column `{}` does not hold {found}",
            self.column.name
        )))
    }

    /// Levels of a place without values in all columns below.
    fn absent(self, definition: i16) {
        for leaf in &mut self.leaves[self.column.leaves.clone()] {
            leaf.level(definition, self.repetition);
        }
    }

    fn null(self) -> Result<()> {
        if !self.column.nullable {
            return self.wrong("nothing");
        }
        let definition = self.column.definition - 1;
        self.absent(definition);
        Ok(())
    }

    fn leaf(self) -> &'a mut Leaf {
        let leaf = &mut self.leaves[self.column.leaves.start];
        leaf.level(self.column.definition, self.repetition);
        leaf
    }

    fn text(self, text: &str) -> Result<()> {
        if self.column.kind != Kind::Text {
            return self.wrong("text");
        }
        let leaf = self.leaf();
        leaf.bytes += text.len();
        if let Values::Texts(values) = &mut leaf.values {
            let before = values.last().map_or(&[][..], ByteArray::data);
            leaf.new_bytes += new_bytes(before, text.as_bytes());
            values.push(ByteArray::from(text));
        }
        Ok(())
    }

    fn number(self, number: i64) -> Result<()> {
        // Parquet keeps the 32 bits of an unsigned number in those of a signed one.
        let bits = match self.column.kind {
            Kind::Unsigned => u32::try_from(number).ok().map(u32::cast_signed),
            Kind::Signed => i32::try_from(number).ok(),
            _ => None,
        };
        let Some(bits) = bits else {
            return self.wrong(&format!("the number {number}"));
        };
        if let Values::Numbers(values) = &mut self.leaf().values {
            values.push(bits);
        }
        Ok(())
    }

    fn items(self) -> Result<Items<'a>> {
        match &self.column.kind {
            Kind::List(item) => Ok(Items {
                item,
                place: self,
                any: false,
            }),
            _ => self.wrong("a list"),
        }
    }
}

/// The serializer of a list's items.
struct Items<'a> {
    item: &'a Column,
    place: Place<'a>,
    any: bool,
}

impl Items<'_> {
    fn item<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
        let repetition = match self.any {
            false => self.place.repetition,
            true => self.place.column.repetition,
        };
        self.any = true;
        value.serialize(Place {
            column: self.item,
            leaves: self.place.leaves,
            repetition,
        })
    }

    fn finish(self) {
        if !self.any {
            let definition = self.place.column.definition;
            self.place.absent(definition);
        }
    }
}

impl SerializeSeq for Items<'_> {
    type Ok = ();
    type Error = Mismatch;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
        self.item(value)
    }

    fn end(self) -> Result<()> {
        self.finish();
        Ok(())
    }
}

impl SerializeTuple for Items<'_> {
    type Ok = ();
    type Error = Mismatch;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
        self.item(value)
    }

    fn end(self) -> Result<()> {
        self.finish();
        Ok(())
    }
}

/// The serializer of a struct's fields, which come in the order of the columns; those that are left out
/// have no value.
struct Fields<'a> {
    columns: std::slice::Iter<'a, Column>,
    leaves: &'a mut [Leaf],
    repetition: i16,
}

impl SerializeStruct for Fields<'_> {
    type Ok = ();
    type Error = Mismatch;

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        name: &'static str,
        value: &T,
    ) -> Result<()> {
        for column in self.columns.by_ref() {
            let place = Place {
                column,
                leaves: self.leaves,
                repetition: self.repetition,
            };
            if column.name == name {
                return value.serialize(place);
            }
            place.null()?;
        }
        Err(Mismatch(format!(
            "there is no column for the field `{name}`"
        )))
    }

    fn end(self) -> Result<()> {
        for column in self.columns {
            let place = Place {
                column,
                leaves: self.leaves,
                repetition: self.repetition,
            };
            place.null()?;
        }
        Ok(())
    }
}

/// Methods for values of types that no column has.
macro_rules! refused {
    ($($method:ident($kind:ty)),* $(,)?) => {
        $(fn $method(self, _: $kind) -> Result<()> {
            self.wrong(concat!("a value of type ", stringify!($kind)))
        })*
    };
}

impl<'a> Serializer for Place<'a> {
    type Ok = ();
    type Error = Mismatch;
    type SerializeSeq = Items<'a>;
    type SerializeTuple = Items<'a>;
    type SerializeTupleStruct = Impossible<(), Mismatch>;
    type SerializeTupleVariant = Impossible<(), Mismatch>;
    type SerializeMap = Impossible<(), Mismatch>;
    type SerializeStruct = Fields<'a>;
    type SerializeStructVariant = Impossible<(), Mismatch>;

    refused!(
        serialize_u64(u64),
        serialize_f32(f32),
        serialize_f64(f64),
        serialize_char(char),
        serialize_bytes(&[u8]),
    );

    fn serialize_bool(self, value: bool) -> Result<()> {
        if self.column.kind != Kind::Truth {
            return self.wrong("a truth value");
        }
        if let Values::Truths(values) = &mut self.leaf().values {
            values.push(value);
        }
        Ok(())
    }

    fn serialize_i8(self, value: i8) -> Result<()> {
        self.number(value.into())
    }

    fn serialize_i16(self, value: i16) -> Result<()> {
        self.number(value.into())
    }

    fn serialize_i32(self, value: i32) -> Result<()> {
        self.number(value.into())
    }

    fn serialize_i64(self, value: i64) -> Result<()> {
        self.number(value)
    }

    fn serialize_u8(self, value: u8) -> Result<()> {
        self.number(value.into())
    }

    fn serialize_u16(self, value: u16) -> Result<()> {
        self.number(value.into())
    }

    fn serialize_u32(self, value: u32) -> Result<()> {
        self.number(value.into())
    }

    fn serialize_str(self, value: &str) -> Result<()> {
        self.text(value)
    }

    fn serialize_none(self) -> Result<()> {
        self.null()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<()> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<()> {
        self.null()
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result<()> {
        self.text(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<()> {
        value.serialize(self)
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Items<'a>> {
        self.items()
    }

    fn serialize_tuple(self, _: usize) -> Result<Items<'a>> {
        self.items()
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Fields<'a>> {
        match &self.column.kind {
            Kind::Struct(columns) => Ok(Fields {
                columns: columns.iter(),
                leaves: self.leaves,
                repetition: self.repetition,
            }),
            _ => self.wrong("a struct"),
        }
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<()> {
        self.wrong("a unit")
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<()> {
        self.wrong("a variant with a value")
    }

    fn serialize_tuple_struct(
        self,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleStruct> {
        self.wrong("a tuple struct")
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleVariant> {
        self.wrong("a variant with values")
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Self::SerializeMap> {
        self.wrong("a map")
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeStructVariant> {
        self.wrong("a variant with fields")
    }
}
