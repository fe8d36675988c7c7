//! `croissant.json`: the export described for machines, as Croissant 1.1 has it (<https://mlcommons.org/croissant>).
//!
//! Each file of rows is a record set. Columns that hold a structure are described in the card alone.

use serde_json::{Value, json};
use tracestone_files::Staging;

use super::file::HashedFile;
use super::{ExportError, ExportedFile, Format, Manifest, Result, card};
use crate::table::{Kind, sample_table};

/// The file's name in an export.
pub(super) const CROISSANT: &str = "croissant.json";

/// Writes the description of an export whose files are `files`.
pub(super) fn write(
    staging: &Staging,
    about: &Manifest,
    files: &[ExportedFile],
) -> Result<ExportedFile> {
    let mut text = serde_json::to_vec_pretty(&described(about, files)).map_err(|error| {
        ExportError::Encoding {
            what: CROISSANT.to_owned(),
            why: error.to_string(),
        }
    })?;
    text.push(b'\n');
    let mut file = HashedFile::create(staging, CROISSANT)?;
    file.put(&text)?;
    file.finish()
}

fn described(about: &Manifest, files: &[ExportedFile]) -> Value {
    let rows = || files.iter().filter(|file| file.rows > 0);
    let title = card::title(about);
    json!({
        "@context": context(),
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.1",
        "name": title,
        "description": "Questions about what programs do, with answers that were observed: each program was executed \
             in a sandbox, and its answers were kept only where a second run agreed. README.md describes all of it.",
        "license": card::expressions(about).into_iter().map(license).collect::<Vec<_>>(),
        "url": "https://github.com/tracestone/tracestone",
        "creator": { "@type": "sc:Organization", "name": about.tool },
        "citeAs": format!("{title}. Made with {}.", about.tool),
        "version": version(files),
        "keywords": ["code", "code-reasoning", "execution-traces"],
        "distribution": rows().map(file_object).collect::<Vec<_>>(),
        "recordSet": rows().map(|file| record_set(about.format, file)).collect::<Vec<_>>(),
    })
}

/// A version that is another one for other files: the number that the format wants, and a hash.
fn version(files: &[ExportedFile]) -> String {
    let mut hasher = blake3::Hasher::new();
    for file in files {
        hasher.update(file.blake3.as_bytes());
    }
    format!("1.0.0+{}", &hasher.finalize().to_hex()[..16])
}

fn license(expression: &str) -> String {
    let is_one = expression
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || "-.".contains(c));
    if is_one && expression != "NOASSERTION" {
        format!("https://spdx.org/licenses/{expression}")
    } else {
        expression.to_owned()
    }
}

fn file_object(file: &ExportedFile) -> Value {
    let encoding = match file.path.ends_with(".parquet") {
        true => "application/x-parquet",
        false => "application/jsonlines",
    };
    json!({
        "@type": "cr:FileObject",
        "@id": file.path,
        "name": file.path,
        "contentUrl": file.path,
        "contentSize": format!("{} B", file.bytes),
        "encodingFormat": encoding,
        "sha256": file.sha256,
    })
}

fn record_set(format: Format, file: &ExportedFile) -> Value {
    let base = file.path.rsplit('/').next().unwrap_or_default();
    let name = base.split('.').next().unwrap_or_default();
    let fields = columns(format).into_iter().map(|(column, data_type)| {
        json!({
            "@type": "cr:Field",
            "@id": format!("{name}/{column}"),
            "name": column,
            "description": format!("The column `{column}`; README.md describes it."),
            "dataType": data_type,
            "source": { "fileObject": { "@id": file.path }, "extract": { "column": column } },
        })
    });
    json!({
        "@type": "cr:RecordSet",
        "@id": name,
        "name": name,
        "description": format!("{} rows.", file.rows),
        "field": fields.collect::<Vec<_>>(),
    })
}

/// The columns without structure, with their types.
fn columns(format: Format) -> Vec<(&'static str, &'static str)> {
    let texts = |names: &'static [&'static str]| names.iter().map(|name| (*name, "sc:Text"));
    match format {
        Format::Jsonl | Format::Parquet => {
            let fields = sample_table().fields().iter();
            fields
                .filter_map(|column| {
                    // A field that is absent from some lines is no column to a reader of lines.
                    if column.nullable && format == Format::Jsonl {
                        return None;
                    }
                    let data_type = match column.kind {
                        Kind::Struct(_) | Kind::List(_) => return None,
                        Kind::Truth => "sc:Boolean",
                        Kind::Unsigned | Kind::Signed => "sc:Integer",
                        _ => "sc:Text",
                    };
                    Some((column.name.as_str(), data_type))
                })
                .collect()
        }
        Format::Chat | Format::RlNemo => texts(&["id", "kind"]).collect(),
        Format::RlTrl => texts(&["id", "kind", "sample"]).collect(),
        Format::RlVerl => texts(&["data_source", "ability"]).collect(),
        Format::Cruxeval => texts(&["id", "code", "input", "output"]).collect(),
        Format::Cwm => texts(&["id", "text"]).collect(),
    }
}

/// The context that the format prescribes.
fn context() -> Value {
    let own = [
        "arrayShape",
        "citeAs",
        "column",
        "containedIn",
        "equivalentProperty",
        "extract",
        "field",
        "fileObject",
        "fileProperty",
        "fileSet",
        "format",
        "includes",
        "isArray",
        "isLiveDataset",
        "jsonPath",
        "key",
        "md5",
        "parentField",
        "path",
        "recordSet",
        "references",
        "regex",
        "repeated",
        "replace",
        "samplingRate",
        "separator",
        "source",
        "subField",
        "transform",
    ];
    let mut context = json!({
        "@language": "en",
        "@vocab": "https://schema.org/",
        "conformsTo": "dct:conformsTo",
        "cr": "http://mlcommons.org/croissant/",
        "data": { "@id": "cr:data", "@type": "@json" },
        "dataType": { "@id": "cr:dataType", "@type": "@vocab" },
        "dct": "http://purl.org/dc/terms/",
        "description": { "@container": "@language" },
        "examples": { "@id": "cr:examples", "@type": "@json" },
        "name": { "@container": "@language" },
        "rai": "http://mlcommons.org/croissant/RAI/",
        "sc": "https://schema.org/",
    });
    for term in own {
        context[term] = format!("cr:{term}").into();
    }
    context
}
