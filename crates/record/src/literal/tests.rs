use proptest::prelude::*;

use super::{Integer, Literal, LiteralLimits};

fn parse(text: &str) -> Literal {
    Literal::parse(text, LiteralLimits::default()).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn error(text: &str) -> String {
    match Literal::parse(text, LiteralLimits::default()) {
        Ok(value) => panic!("{text} was read as {value}"),
        Err(error) => error.what,
    }
}

fn repr(text: &str) -> String {
    parse(text).python_repr()
}

#[test]
fn repr_is_what_cpython_prints() {
    // Each right side was printed by CPython 3.11.
    for (text, expected) in [
        ("1e16", "1e+16"),
        ("1e15", "1000000000000000.0"),
        ("123456789012345680.0", "1.2345678901234568e+17"),
        ("0.0001", "0.0001"),
        ("0.00001", "1e-05"),
        ("1.5e-7", "1.5e-07"),
        ("1e100", "1e+100"),
        ("5e-324", "5e-324"),
        // Two numbers of as few digits are equally near: the even one is taken.
        ("872883287797179.25", "872883287797179.2"),
        ("890273683154645.25", "890273683154645.2"),
        ("-0.0", "-0.0"),
        ("0.1", "0.1"),
        ("100.0", "100.0"),
        ("1_0.0_1e1_0", "100100000000.0"),
        (".5", "0.5"),
        ("5.", "5.0"),
        ("1+2j", "(1+2j)"),
        ("1.5-2e20j", "(1.5-2e+20j)"),
        ("2j", "2j"),
        ("-2j", "(-0-2j)"),
        ("0x_ff", "255"),
        ("0o17", "15"),
        ("0b101", "5"),
        ("00", "0"),
        ("-0", "0"),
        (
            "0xffffffffffffffffffffffffffffffff",
            "340282366920938463463374607431768211455",
        ),
        ("1_000", "1000"),
        ("'it\\'s'", "\"it's\""),
        ("'\"\\''", "'\"\\''"),
        (
            r"'\x00\n\t\r\\\x7f\x80\xa0\u200b\U0001F600é'",
            r"'\x00\n\t\r\\\x7f\x80\xa0\u200b😀é'",
        ),
        (r"'\ufeff\u2028\U000e0001'", r"'\ufeff\u2028\U000e0001'"),
        ("'e\u{301}'", "'e\u{301}'"),
        (r"'\101\7\q'", r"'A\x07\\q'"),
        (r"r'\n\''", r#""\\n\\'""#),
        ("'''a\nb'''", r"'a\nb'"),
        ("'a\\\nb'", "'ab'"),
        ("'a' \"b\" u'c'", "'abc'"),
        ("b'\\x00\\xff\\'a' rb'\\x'", "b\"\\x00\\xff'a\\\\x\""),
        (r"b'\u0041\400'", r"b'\\u0041\x00'"),
        ("()", "()"),
        ("1,", "(1,)"),
        ("1, 'a'", "(1, 'a')"),
        ("(1,)", "(1,)"),
        ("(1)", "1"),
        ("-(1)", "-1"),
        ("[1,\n 2, # two\n]", "[1, 2]"),
        ("{}", "{}"),
        ("set()", "set()"),
        ("{1, 1.0, True, 2,}", "{1, 2}"),
        ("{1: 'a', True: 'b', 'k': [None]}", "{1: 'b', 'k': [None]}"),
        ("...", "Ellipsis"),
        ("  \n(None, True, False) # end\n", "(None, True, False)"),
    ] {
        assert_eq!(repr(text), expected, "{text}");
    }
}

#[test]
fn what_is_no_literal_is_refused() {
    for text in [
        "",
        "x",
        "nan",
        "inf",
        "1e999",
        "01",
        "1__0",
        "1_",
        "0x",
        "1.2.3",
        "1e",
        "--1",
        "-True",
        "-'a'",
        "1+1",
        "1j+1",
        "1+2j+3j",
        "[1",
        "(1, 2",
        "[,]",
        "(,)",
        "{,}",
        "{1: 2, 3}",
        "{1, 2: 3}",
        "{[]}",
        "{[]: 1}",
        "{(1, []): 1}",
        "{**{}}",
        "[*[1]]",
        "'a",
        "'a\nb'",
        "'''a",
        "f'a'",
        "rf''",
        "'a' b'a'",
        "b'é'",
        r"'\ud800'",
        r"'\U00110000'",
        r"'\x1'",
        r"'\N{DIGIT ONE}'",
        "set([1])",
        "frozenset()",
        "1 2",
        "1,\n2",
        "f(1)",
        "1 or True",
        "1 == 1",
        "[x for x in y]",
        "1if 1else 2",
        "'\0'",
        "lambda: 0",
        "- -1",
        "\\",
        "None()",
    ] {
        assert!(!error(text).is_empty(), "{text}");
    }
}

#[test]
fn limits_hold_for_depth_length_and_digits() {
    let deep = format!("{}{}", "[".repeat(100), "]".repeat(100));
    assert!(Literal::parse(&deep, LiteralLimits::default()).is_ok());
    assert!(error(&format!("[{deep}]")).contains("nested deeper"));
    assert!(error(&"(".repeat(200_000)).contains("nested deeper"));
    assert!(error(&"9".repeat(4301)).contains("4300 digits"));
    assert!(error(&format!("0x{}", "f".repeat(4000))).contains("4300 digits"));
    let limits = LiteralLimits {
        max_bytes: 3,
        ..LiteralLimits::default()
    };
    assert!(Literal::parse("1234", limits).is_err());
}

#[test]
fn equality_is_exact_in_types_and_free_in_order() {
    for (left, right) in [
        ("1", "True"),
        ("1", "1.0"),
        ("0.0", "-0.0"),
        ("[1]", "(1,)"),
        ("'a'", "b'a'"),
        ("[1]", "[True]"),
        ("{1}", "{1.0}"),
        ("{1: 2}", "{1: 2.0}"),
        ("set()", "{}"),
        ("{1: 2, 2: 3}", "{1: 3, 2: 2}"),
        ("['a,', 'b']", "['a', ',b']"),
        ("1j", "1.0"),
    ] {
        assert_ne!(parse(left), parse(right), "{left} {right}");
    }
    for (left, right) in [
        ("{1, 2, 'a'}", "{'a', 2, 1}"),
        ("{1: 2, 3: 4}", "{3: 4, 1: 2}"),
        ("[{1: {2, 3}}]", "[{1: {3, 2}}]"),
        ("0x10", "16"),
        ("1.50", "1.5"),
        ("'\\x41'", "'A'"),
    ] {
        assert_eq!(parse(left), parse(right), "{left} {right}");
    }
}

#[test]
fn errors_say_where() {
    let error = Literal::parse("[1, x]", LiteralLimits::default()).expect_err("a name");
    assert_eq!(error.at, 4);
    assert_eq!(
        error.to_string(),
        "not a Python literal: `x` is a name, not a literal (at byte 4)"
    );
}

fn integer() -> impl Strategy<Value = Literal> {
    prop_oneof![
        any::<i64>().prop_map(Literal::from),
        "-?[1-9][0-9]{0,60}".prop_map(|text| {
            let digits = text.trim_start_matches('-');
            Literal::Int(Integer::from_digits(text.starts_with('-'), digits))
        }),
    ]
}

fn finite() -> impl Strategy<Value = f64> {
    prop_oneof![
        any::<f64>().prop_filter("finite", |value| value.is_finite()),
        (-1000i32..1000).prop_map(|n| f64::from(n) / 8.0),
        Just(-0.0),
    ]
}

/// A complex number whose `repr` evaluates to itself in CPython too: no negative zeros, and no zero
/// before a negative imaginary part (`-2j` evaluates to `(-0-2j)`).
fn complex() -> impl Strategy<Value = Literal> {
    (finite(), finite()).prop_map(|(real, imaginary)| Literal::Complex {
        real: if real == 0.0 { 1.0 } else { real },
        imaginary: imaginary + 0.0,
    })
}

fn scalar() -> impl Strategy<Value = Literal> {
    prop_oneof![
        Just(Literal::None),
        Just(Literal::Ellipsis),
        any::<bool>().prop_map(Literal::Bool),
        integer(),
        finite().prop_map(Literal::Float),
        complex(),
        any::<String>().prop_map(Literal::Str),
        "[a'\"\\\\\n\r{}x0]{0,8}".prop_map(Literal::Str),
        any::<Vec<u8>>().prop_map(Literal::Bytes),
    ]
}

fn literal() -> impl Strategy<Value = Literal> {
    scalar().prop_recursive(4, 40, 5, |inner| {
        let items = || proptest::collection::vec(inner.clone(), 0..5);
        let keys = || proptest::collection::vec(scalar(), 0..5);
        prop_oneof![
            items().prop_map(Literal::List),
            items().prop_map(Literal::Tuple),
            keys().prop_map(|keys| Literal::Set(super::distinct(keys))),
            (keys(), items()).prop_map(|(keys, values)| Literal::Dict(super::merged(
                keys.into_iter().zip(values).collect()
            ))),
        ]
    })
}

proptest! {
    #[test]
    fn repr_reads_back_as_the_same_literal(value in literal()) {
        let text = value.python_repr();
        let read = Literal::parse(&text, LiteralLimits::default());
        prop_assert_eq!(read.as_ref(), Ok(&value), "{}", text);
        prop_assert_eq!(read.map(|read| read.python_repr()), Ok(text));
    }

    #[test]
    fn wild_text_never_panics(text in "[-+0-9a-fjxobrunN_.,:(){}\\[\\]'\"\\\\ \n#é]{0,40}") {
        if let Err(error) = Literal::parse(&text, LiteralLimits::default()) {
            prop_assert!(error.at <= text.len());
        }
    }
}
