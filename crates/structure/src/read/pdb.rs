//! Records of the PDB: in their columns, or told apart by spaces.

use crate::geometry::Point;
use crate::model::{Atom, Model, Place};
use crate::residue::element;

/// Records that may stand beside atoms; wwPDB format 3.30.
const OTHERS: [&str; 48] = [
    "HEADER", "OBSLTE", "TITLE", "SPLIT", "CAVEAT", "COMPND", "SOURCE", "KEYWDS", "EXPDTA",
    "NUMMDL", "MDLTYP", "AUTHOR", "REVDAT", "SPRSDE", "JRNL", "REMARK", "DBREF", "DBREF1",
    "DBREF2", "SEQADV", "SEQRES", "MODRES", "HET", "HETNAM", "HETSYN", "FORMUL", "HELIX", "SHEET",
    "SSBOND", "LINK", "CISPEP", "SITE", "CRYST1", "ORIGX1", "ORIGX2", "ORIGX3", "SCALE1", "SCALE2",
    "SCALE3", "MTRIX1", "MTRIX2", "MTRIX3", "ANISOU", "TER", "CONECT", "MASTER", "END", "ENDMDL",
];

/// The atoms of a text that has nothing but records, with every field of `ATOM` and `HETATM` in its columns.
pub(super) fn strict(text: &str) -> Option<Model> {
    let mut atoms = Vec::new();
    for line in text.lines() {
        let line = line.trim_end();
        let kind = line.get(..6).unwrap_or(line).trim_end();
        match kind {
            "ATOM" | "HETATM" => atoms.push(columns(line, Dots::Aligned)?),
            "" => {}
            // A second model would repeat every atom.
            "MODEL" => {
                if line.split_whitespace().nth(1) != Some("1") {
                    return None;
                }
            }
            kind if OTHERS.contains(&kind) => {}
            _ => return None,
        }
    }
    (!atoms.is_empty()).then_some(Model { atoms })
}

/// An atom by the columns of its record, wherever the decimal points are.
pub(crate) fn record(line: &str) -> Option<Atom> {
    columns(line, Dots::Anywhere)
}

/// Treatment of decimal points.
#[derive(Clone, Copy, PartialEq)]
enum Dots {
    /// Each in its column.
    Aligned,
    /// Anywhere in its field.
    Anywhere,
}

/// An atom by the columns of its record.
fn columns(line: &str, dots: Dots) -> Option<Atom> {
    let field = |from: usize, to: usize| line.get(from - 1..to);
    let number = |from: usize| {
        let field = field(from, from + 7)?;
        if dots == Dots::Aligned && field.as_bytes().get(4) != Some(&b'.') {
            return None;
        }
        coordinate(field.trim())
    };
    if !line.is_ascii() {
        return None;
    }
    if dots == Dots::Aligned {
        field(7, 11)?.trim().parse::<i64>().ok()?;
        let between = [field(12, 12)?, field(21, 21)?, field(28, 30)?];
        if between.iter().any(|gap| !gap.trim().is_empty()) {
            return None;
        }
    }
    let name = field(13, 16)?.trim();
    let residue = field(18, 20)?.trim();
    if name.is_empty() || residue.is_empty() || name.contains(' ') {
        return None;
    }
    let place = Place {
        chain: field(22, 22)?.trim().to_owned(),
        number: field(23, 26)?.trim().parse().ok()?,
        insertion: field(27, 27)?.trim().to_owned(),
    };
    // A number that goes on beyond its columns has been moved: what is within them is another number.
    let touches = |column: usize| {
        let of = |column| field(column, column).and_then(|one| one.chars().next());
        let is_part = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit() || "+-.".contains(c));
        is_part(of(column)) && is_part(of(column + 1))
    };
    // With the point in its column, the next number may touch: an occupancy of 100.00 does.
    let is_moved = field(51, 51) != Some(".") && touches(54);
    if touches(30) || is_moved {
        return None;
    }
    let said = field(77, 78).unwrap_or_default().trim();
    Some(Atom {
        element: element_of(said, name),
        name: name.to_ascii_uppercase(),
        residue: residue.to_ascii_uppercase(),
        place,
        at: Point::new(number(31)?, number(39)?, number(47)?),
        hetero: line.starts_with("HETATM"),
    })
}

/// The element that a record says, or that of the name. Deuterium is hydrogen.
fn element_of(said: &str, name: &str) -> String {
    let letters = !said.is_empty() && said.chars().all(|c| c.is_ascii_alphabetic());
    if said.eq_ignore_ascii_case("D") {
        "H".to_owned()
    } else if letters {
        said.to_ascii_uppercase()
    } else {
        element(&name.to_ascii_uppercase()).to_owned()
    }
}

/// A coordinate: a number with a decimal point, or one of the words for what is none, which a later check refuses.
fn coordinate(text: &str) -> Option<f64> {
    let is_word = text.eq_ignore_ascii_case("nan") || text.to_ascii_lowercase().ends_with("inf");
    if !is_word && !text.contains('.') {
        return None;
    }
    text.parse().ok()
}

/// The atoms of the lines that begin with `ATOM` or `HETATM`, and the number of such lines that could not be read.
pub(super) fn lenient(text: &str) -> Option<(Model, usize)> {
    let mut atoms = Vec::new();
    let mut unread = 0;
    for line in text.lines() {
        let line = line.trim_end();
        let bare = line.trim_start_matches(|c: char| c.is_whitespace() || "|*->`".contains(c));
        let start = bare.get(..6).unwrap_or(bare).to_ascii_uppercase();
        if !start.starts_with("ATOM") && start != "HETATM" {
            if start.starts_with("ENDMDL") && !atoms.is_empty() {
                break;
            }
            continue;
        }
        match columns(bare, Dots::Anywhere).or_else(|| words(bare)) {
            Some(atom) => atoms.push(atom),
            None => unread += 1,
        }
    }
    (!atoms.is_empty()).then_some((Model { atoms }, unread))
}

/// An atom by the words of its line: record, number, name, residue, chain, number of the residue, x, y and z, of which
/// the first number and the chain may be absent.
fn words(line: &str) -> Option<Atom> {
    let line = line.replace(['|', ',', '\t'], " ");
    let mut words = line.split_whitespace().peekable();
    let kind = words.next()?.to_ascii_uppercase();
    // A large number touches the record's name.
    if kind == "ATOM" || kind == "HETATM" {
        if words.peek()?.parse::<i64>().is_ok() {
            words.next();
        }
    } else if kind
        .trim_start_matches(char::is_alphabetic)
        .parse::<i64>()
        .is_err()
    {
        return None;
    }
    let name = words.next()?.trim_matches('"').to_ascii_uppercase();
    let residue = words.next()?.to_ascii_uppercase();
    if !residue.chars().all(|c| c.is_ascii_alphanumeric()) || residue.len() > 5 {
        return None;
    }
    let next = words.next()?;
    let (chain, number) = match next.parse::<i64>() {
        Ok(number) => (String::new(), number),
        Err(_) => {
            let digits = next.find(|c: char| c.is_ascii_digit() || c == '-');
            match digits.filter(|at| *at > 0) {
                Some(at) => (next[..at].to_owned(), next[at..].parse().ok()?),
                None => (next.to_owned(), words.next()?.parse().ok()?),
            }
        }
    };
    let mut number_of = || coordinate(words.next()?);
    let at = Point::new(number_of()?, number_of()?, number_of()?);
    let said = words.last().unwrap_or_default();
    let said = if said.len() <= 2 { said } else { "" };
    Some(Atom {
        element: element_of(said, &name),
        name,
        residue,
        place: Place {
            chain,
            number,
            insertion: String::new(),
        },
        at,
        hetero: kind.starts_with("HETATM"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str =
        "ATOM      2  CA  ALA A   1       1.459   0.000  -0.000  1.00  0.00           C";

    #[test]
    fn a_record_in_its_columns_is_read_strictly() {
        let model = strict(&format!("REMARK x\n{LINE}\nTER\nEND\n")).unwrap();
        let atom = &model.atoms[0];
        assert_eq!((atom.name.as_str(), atom.residue.as_str()), ("CA", "ALA"));
        assert_eq!((atom.place.number, atom.element.as_str()), (1, "C"));
        assert_eq!(atom.at.x, 1.459);
        assert!(strict("Here it is:").is_none());
        assert!(strict(&format!("Here it is:\n{LINE}")).is_none());
        // One column to the right, every field still has its number.
        assert!(strict(&LINE.replace("       1.459", "        1.459")).is_none());
        assert!(strict(&format!("MODEL 2\n{LINE}")).is_none());
    }

    #[test]
    fn words_are_read_leniently_and_lost_lines_are_counted() {
        for line in [
            "ATOM 2 CA ALA A 1 1.459 0.000 -0.000 1.00 0.00 C",
            "ATOM 2 CA ALA 1 1.459 0.000 -0.000",
            "ATOM CA ALA A1 1.459 0.000 -0.000",
            "  - atom 2 ca ala A 1 1.459, 0.000, -0.000",
            &LINE.replace("       1.459", "        1.459"),
            &LINE.replace("       1.459   0.000", "      1.459   0.000"),
            &LINE.replace("  -0.000  1.00", "     -0.000 1.00"),
            &format!("   {LINE}"),
        ] {
            let (model, unread) = lenient(line).unwrap_or_else(|| panic!("{line}"));
            assert_eq!(unread, 0);
            let atom = &model.atoms[0];
            assert_eq!(
                (atom.name.as_str(), atom.element.as_str()),
                ("CA", "C"),
                "{line}"
            );
            assert_eq!((atom.place.number, atom.at.x), (1, 1.459), "{line}");
        }
        // The sign and the last digits, moved out of their columns, are not lost.
        for (from, to) in [
            ("       1.459", "   -101.459"),
            ("  -0.000  1.00", "     -0.123  1.00"),
        ] {
            let (model, _) = lenient(&LINE.replace(from, to)).unwrap();
            let at = model.atoms[0].at;
            assert!(at.x == -101.459 || at.z == -0.123, "{at}");
        }
        let full = LINE.replace("  1.00  0.00", "100.00  0.00");
        assert_eq!(lenient(&full).unwrap().0.atoms[0].at.x, 1.459);
        let (model, unread) = lenient(&format!("{LINE}\nATOM and so on\n")).unwrap();
        assert_eq!((model.atoms.len(), unread), (1, 1));
        assert!(lenient("nothing").is_none());
    }

    #[test]
    fn what_is_no_number_is_left_to_the_check_of_coordinates() {
        let text = LINE.replace("   1.459", "     nan");
        let (model, _) = lenient(&text).unwrap();
        assert!(model.atoms[0].at.x.is_nan());
    }
}
