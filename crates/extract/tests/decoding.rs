//! Comparison of [`decode`] with CPython: thousands of generated files with byte-order marks, cookies of all
//! shapes and places, and all bytes of all encodings.

use std::io::Write as _;
use std::process::{Command, Stdio};

use tracestone_extract::decode;

/// Reads a file as hexadecimal digits from each line; writes the value of its last statement in the
/// same form, `refused` where the encoding or the bytes are, `broken` for other errors. With
/// `names` it writes the names of encodings.
const ORACLE: &str = r#"
import ast, encodings, encodings.aliases, pkgutil, sys, warnings
warnings.simplefilter("ignore")
if sys.argv[1] == "names":
    modules = [module.name for module in pkgutil.iter_modules(encodings.__path__)]
    print("\n".join(sorted(set(modules) | set(encodings.aliases.aliases))))
    sys.exit()
SIGNS = "encoding", "codec"
for line in sys.stdin:
    data = bytes.fromhex(line)
    try:
        tree = compile(data, "made", "exec", ast.PyCF_ONLY_AST)
        print("text " + tree.body[-1].value.value.encode("utf-8", "surrogatepass").hex())
    except (SyntaxError, UnicodeError, LookupError) as error:
        print("refused" if any(sign in str(error) for sign in SIGNS) else "broken " + str(error))
    except Exception as error:
        print("broken " + type(error).__name__)
"#;

fn oracle(what: &str, input: &str) -> Option<Vec<String>> {
    let python = std::env::var_os("TRACESTONE_PYTHON").unwrap_or_else(|| "python3".into());
    let mut child = Command::new(python)
        .args(["-I", "-c", ORACLE, what])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .ok()?;
    let mut stdin = child.stdin.take().expect("it is piped");
    let input = input.to_owned();
    let writer = std::thread::spawn(move || {
        // An oracle that asks for nothing may have ended.
        drop(stdin.write_all(input.as_bytes()));
    });
    let output = child.wait_with_output().expect("it ends");
    writer.join().expect("it ends");
    assert!(output.status.success(), "the oracle failed");
    let text = String::from_utf8(output.stdout).expect("it writes ASCII");
    Some(text.lines().map(str::to_owned).collect())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A small generator, the same on every machine.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from((self.0 >> 33) % u64::try_from(limit).expect("small")).expect("small")
    }

    fn one<'a, T: ?Sized>(&mut self, choices: &[&'a T]) -> &'a T {
        choices[self.below(choices.len())]
    }
}

const LITERAL: &str = "\ns = '";

/// Content of one of the first lines.
fn line(random: &mut Random, names: &[&str]) -> Vec<u8> {
    let mut line = Vec::new();
    line.extend_from_slice(
        random.one::<[u8]>(&[b"", b"", b"", b"", b" ", b"\t", b"\x0c", b"\x0b"]),
    );
    match random.below(8) {
        0 => return line,
        1 => {
            let code: &[&[u8]] = &[
                b"x = 1",
                b"\"\"\"doc\"\"\"",
                b"pass;",
                b"import os  ",
                b"y = (",
                b"\\",
            ];
            line.extend_from_slice(random.one::<[u8]>(code));
        }
        2 => line.extend_from_slice(b"#!/usr/bin/env python"),
        _ => {}
    }
    line.push(b'#');
    let before: &[&[u8]] = &[
        b"",
        b" -*- ",
        b" vim: set file",
        b" en",
        b" decoding ",
        b"coding",
        b" \xc3\xa9 ",
    ];
    line.extend_from_slice(random.one::<[u8]>(before));
    line.extend_from_slice(
        random.one::<[u8]>(&[b"coding", b"coding", b"coding", b"Coding", b"codin", b""]),
    );
    line.extend_from_slice(random.one::<[u8]>(&[b":", b": ", b"=", b" = ", b":\t ", b"", b"::"]));
    let mut name = random.one::<str>(names).to_owned();
    match random.below(8) {
        0 => name = name.to_uppercase(),
        1 => name = name.replace('-', "_"),
        2 => name = name.replace(['-', '_'], "."),
        3 => name.push_str(random.one::<str>(&["-unix", "-", "_x", ".", "-dos"])),
        _ => {}
    }
    line.extend_from_slice(name.as_bytes());
    line.extend_from_slice(random.one::<[u8]>(&[b"", b" -*-", b" coding: utf-8", b",", b" :"]));
    line
}

fn file(random: &mut Random, names: &[&str]) -> Vec<u8> {
    let mut file = Vec::new();
    if random.below(4) == 0 {
        file.extend_from_slice(b"\xef\xbb\xbf");
    }
    let ends: &[&[u8]] = &[b"\n", b"\n", b"\r\n", b"\r"];
    for _ in 0..random.below(4) {
        file.extend(line(random, names));
        file.extend_from_slice(random.one::<[u8]>(ends));
    }
    file.extend_from_slice(LITERAL.as_bytes());
    for _ in 0..random.below(5) {
        match random.below(3) {
            0 => file.extend_from_slice("é€я".as_bytes()),
            1 => file.push(u8::try_from(128 + random.below(128)).expect("a byte")),
            _ => file.push(b'a'),
        }
    }
    file.extend_from_slice(b"'\n");
    file
}

/// Compares; gives how many files both read, both refused, and how many were not compared.
fn compare(files: &[Vec<u8>]) -> Option<[usize; 3]> {
    let input: String = files.iter().map(|file| hex(file) + "\n").collect();
    let answers = oracle("read", &input)?;
    assert_eq!(answers.len(), files.len());
    let (mut counts, mut wrong) = ([0; 3], Vec::new());
    for (file, answer) in files.iter().zip(&answers) {
        let own = match decode(file) {
            Ok(text) => {
                let value = text
                    .rsplit(LITERAL)
                    .next()
                    .and_then(|rest| rest.strip_suffix("'\n"));
                format!("text {}", hex(value.expect("it ends so").as_bytes()))
            }
            Err(error) if error.detail.ends_with("is not supported") => {
                counts[2] += 1;
                continue;
            }
            Err(_) => "refused".to_owned(),
        };
        if answer.starts_with("broken") {
            // The tokenizer may stop at something else before it comes to the literal.
            counts[2] += 1;
        } else if own != *answer {
            wrong.push(format!("{}: {own}, CPython: {answer}", file.escape_ascii()));
        } else {
            counts[usize::from(own == "refused")] += 1;
        }
    }
    let shown = wrong
        .iter()
        .take(20)
        .cloned()
        .collect::<Vec<_>>()
        .join("\n");
    assert!(
        wrong.is_empty(),
        "{} of {} differ:\n{shown}",
        wrong.len(),
        files.len()
    );
    Some(counts)
}

#[test]
fn files_are_read_as_cpython_reads_them() {
    let names = [
        "utf-8",
        "utf8",
        "UTF_8",
        "U8",
        "utf-8-sig",
        "latin-1",
        "latin1",
        "iso-8859-1",
        "iso-8859-15",
        "l1",
        "iso-latin-1",
        "ascii",
        "us-ascii",
        "cp1252",
        "windows-1252",
        "koi8-r",
        "cp1251",
        "mac-roman",
        "euc-jp",
        "shift_jis",
        "gbk",
        "utf-16",
        "utf-7",
        "rot13",
        "hex",
        "klingon",
        "x",
        "utf",
        "646",
        "ansi_x3.4_1968",
        "unicode_escape",
        "charmap",
        "undefined",
        "cp65001",
    ];
    let mut random = Random(7);
    let files: Vec<_> = (0..6000).map(|_| file(&mut random, &names)).collect();
    let Some([read, refused, other]) = compare(&files) else {
        return println!("NOT TESTED: there is no Python interpreter");
    };
    assert!(
        read > 1500 && refused > 800 && other < 2500,
        "{read} {refused} {other}"
    );
}

#[test]
fn all_names_and_bytes_are_those_of_cpython() {
    let Some(names) = oracle("names", "") else {
        return println!("NOT TESTED: there is no Python interpreter");
    };
    // Codecs of Windows.
    let left_out = ["mbcs", "oem", "ansi", "dbcs"];
    let mut files = Vec::new();
    for name in names
        .iter()
        .filter(|name| !left_out.contains(&name.as_str()))
    {
        files.push(format!("# coding: {name}{LITERAL}'\n").into_bytes());
        for byte in 128..=255 {
            let mut file = format!("# coding: {name}{LITERAL}").into_bytes();
            file.push(byte);
            file.extend_from_slice(b"'\n");
            files.push(file);
        }
    }
    let Some([read, ..]) = compare(&files) else {
        return;
    };
    assert!(read > 20_000, "{read}");
}
