//! Values that look drawn by chance and are given to something that is called a secret: `password = ".."`.

use std::sync::LazyLock;

use regex::Regex;

use crate::personal::outside_code;
use crate::secret::{Finding, is_sequence};

/// Name of the pattern.
pub(crate) const NAME: &str = "assigned_secret";

/// The end of a name, with the quote behind it in a key.
const CALLED: &str = r#"(?i)(?:api[_-]?key|secret(?:[_-]?key)?|access[_-]?key|private[_-]?token|password|passwd|passphrase|(token))[0-9]{0,2}\\?["']?\]?\s*"#;

/// Signs that give a value, or compare with one; a type may come before.
const GIVEN: &str = r#"(?::\s*[A-Za-z_][A-Za-z0-9_.|\[\] ]{0,40}=|:=|[=!]=|:|=)\s*"#;

/// Strings that stand behind each other, perhaps in brackets.
const QUOTED: &str =
    r#"[\[({\s]{0,40}((?:[bruBRU]{0,2}\\?["'][A-Za-z0-9+/=_.~!#$^&*@%()-]+\\?["']\s*)+)"#;

/// A value without quotes, as comments and texts have it.
const BARE: &str = r"([A-Za-z0-9+/=_~-]{16,})";

/// A value that HTTP's header names a bearer's.
const BEARER: &str = r"\b[Bb]earer\s+([A-Za-z0-9._~+/=-]{20,})";

/// Names of tokens that lead from page to page.
const PAGES: &[&str] = &[
    "next",
    "page",
    "cursor",
    "continue",
    "continuation",
    "sync",
    "resume",
];

struct Patterns {
    quoted: Regex,
    bare: Regex,
    bearer: Regex,
    piece: Regex,
}

static PATTERNS: LazyLock<Option<Patterns>> = LazyLock::new(|| {
    // A test compiles each of them.
    Some(Patterns {
        quoted: Regex::new(&format!("{CALLED}{GIVEN}{QUOTED}")).ok()?,
        bare: Regex::new(&format!("{CALLED}{GIVEN}{BARE}")).ok()?,
        bearer: Regex::new(BEARER).ok()?,
        piece: Regex::new(r#"["']([^"'\\\s]+)\\?["']"#).ok()?,
    })
});

/// The values of this kind in a text of Python, in order.
pub(crate) fn find(text: &str) -> Vec<Finding> {
    let Some(patterns) = PATTERNS.as_ref() else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for captures in patterns.quoted.captures_iter(text) {
        let (Some(whole), Some(strings)) = (captures.get(0), captures.get(2)) else {
            continue;
        };
        let pieces = patterns.piece.captures_iter(strings.as_str());
        let value: String = pieces
            .filter_map(|piece| Some(piece.get(1)?.as_str()))
            .collect();
        let start = name_start(text, whole.start());
        if is_secret(
            &value,
            &text[start..whole.start()],
            captures.get(1).is_some(),
        ) {
            found.push(finding(
                start,
                whole.start() + whole.as_str().trim_end().len(),
            ));
        }
    }
    found.extend(bare(text, patterns));
    found
}

/// Values without quotes, which are names in code.
fn bare(text: &str, patterns: &Patterns) -> Vec<Finding> {
    let mut found = Vec::new();
    for captures in patterns.bare.captures_iter(text) {
        let (Some(whole), Some(value)) = (captures.get(0), captures.get(2)) else {
            continue;
        };
        let mut after = text[whole.end()..].bytes();
        let goes_on = match after.next() {
            Some(b'.') => after
                .next()
                .is_some_and(|byte| byte.is_ascii_alphanumeric()),
            Some(byte) => matches!(byte, b'(' | b'[' | b'{' | b'%' | b'$' | b'<' | b'@'),
            None => false,
        };
        let start = name_start(text, whole.start());
        let name = &text[start..whole.start()];
        if !goes_on
            && is_mixed(value.as_str())
            && is_secret(value.as_str(), name, captures.get(1).is_some())
        {
            found.push(finding(start, whole.end()));
        }
    }
    for captures in patterns.bearer.captures_iter(text) {
        if let (Some(whole), Some(value)) = (captures.get(0), captures.get(1))
            && is_secret(value.as_str(), "", true)
        {
            found.push(finding(whole.start(), whole.end()));
        }
    }
    if found.is_empty() {
        return found;
    }
    found.sort();
    outside_code(text, found)
}

fn finding(start: usize, end: usize) -> Finding {
    Finding {
        pattern: NAME,
        start,
        end,
    }
}

/// The start of the name that goes on at this place.
fn name_start(text: &str, at: usize) -> usize {
    let before = text.as_bytes()[..at].iter().rev();
    let is_name = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    at - before.take_while(is_name).count()
}

/// True for the value of a secret. What is only called a token has to show more: the name means other things too.
fn is_secret(value: &str, name: &str, is_token: bool) -> bool {
    // Django's key of a new project.
    let value = value.strip_prefix("django-insecure-").unwrap_or(value);
    if value.len() < 16 || !is_random(value) {
        return false;
    }
    let name = name.to_ascii_lowercase();
    let leads_on = PAGES.iter().any(|word| name.contains(word));
    !is_token || (value.len() >= 20 && is_mixed(value) && !leads_on)
}

/// True for texts that look drawn by chance: letters and digits mixed, no words, much entropy.
fn is_random(text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let letters = text.bytes().filter(u8::is_ascii_alphabetic).count();
    let lower = text.to_ascii_lowercase();
    let placeholder = [
        "example",
        "sample",
        "dummy",
        "your",
        "test",
        "xxxx",
        "abcdef",
        "123456",
        "changeme",
        "passw",
        "secret",
        "foobar",
        "insert",
        "replace",
        "redact",
        "fake",
        "mock",
        "placeholder",
    ];
    let mut kinds: Vec<u8> = text.bytes().collect();
    kinds.sort_unstable();
    kinds.dedup();
    letters >= 4
        && kinds.len() >= 10
        && !placeholder.iter().any(|word| lower.contains(word))
        && !is_sequence(text)
        && !is_words(text)
        && match digits {
            0 => false,
            1 => is_mixed(text) && entropy(text) >= 3.2,
            _ => entropy(text) >= if is_mixed(text) { 3.2 } else { 3.4 },
        }
}

/// True if capitals, small letters and digits follow each other without order, as they do not in names.
fn is_mixed(text: &str) -> bool {
    let kind = |byte: u8| match byte {
        b'0'..=b'9' => 0,
        b'a'..=b'z' => 1,
        b'A'..=b'Z' => 2,
        _ => 3,
    };
    let kinds: Vec<u8> = text.bytes().map(kind).collect();
    let changes = kinds.windows(2).filter(|pair| pair[0] != pair[1]).count();
    let runs = kinds.split(|kind| *kind != 1).map(<[u8]>::len);
    let in_words: usize = runs.filter(|length| *length >= 3).sum();
    (0..3).all(|kind| kinds.contains(&kind))
        && changes * 5 >= kinds.len() * 2
        && in_words * 20 < kinds.len() * 9
}

/// True if at least half of the parts between `_`, `-`, `.` and `/` are words, as in names of variables.
fn is_words(text: &str) -> bool {
    let parts: Vec<&str> = text.split(['_', '-', '.', '/']).collect();
    let is_word = |part: &&&str| {
        let capitals = part.bytes().skip(1).filter(u8::is_ascii_uppercase).count();
        part.len() >= 2
            && part.bytes().all(|byte| byte.is_ascii_alphabetic())
            && (capitals == 0 || capitals + 1 == part.len())
    };
    parts.len() > 1 && parts.iter().filter(is_word).count() * 2 >= parts.len()
}

/// Bits for each character, by how often each occurs.
fn entropy(text: &str) -> f64 {
    let mut counts = [0_u32; 256];
    for byte in text.bytes() {
        counts[usize::from(byte)] += 1;
    }
    let all = text.len() as f64;
    let bits = |count: &u32| {
        let share = f64::from(*count) / all;
        -share * share.log2()
    };
    counts.iter().filter(|count| **count > 0).map(bits).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_secrets_are_found_however_they_are_given() {
        assert!(PATTERNS.is_some());
        // Made of parts, so that no scanner of this repository takes them for secrets.
        let long = ["7M8yytQ2kfLw0ZrX", "v5TnB3hJc9Pd", "G6sKa1EuR4Yo"].concat();
        for (before, secret, after) in [
            ("password: str = \"", "KhsAv82eHBdoAprQ", "\""),
            ("password: Optional[str] = \"", "KhsAv82eHBdoAprQ", "\""),
            (
                "SECRET_KEY = 'django-insecure-",
                "k3(x@9w1%v&u_2z#8q^p7!m0$r5t4y6-b=c+d",
                "'",
            ),
            ("password = b\"", "Uejr9gJEBlI2y27p", "\""),
            ("password = \"", "RHp4s1fL\" \"te7ysAgk", "\""),
            ("password = (\n    \"", "RHp4s1fL\"\n    \"te7ysAgk", "\")"),
            ("# password = ", "fCwiZfa0XjxZbbqJ", ""),
            ("# password: ", "D9y3HfdnmZCaEHf9", ""),
            (
                "h = {\"X-API-Key\": \"",
                "OhXkWDeeRyc5A4jmPbV1F9uMDiDpe6x8",
                "\"}",
            ),
            ("h = {\"Authorization\": \"Bearer ", &long, "\"}"),
            ("x = '{\"password\": \"", "D04GHwGGf2GK4CAQ", "\"}'"),
            (
                "x = \"{\\\"password\\\": \\\"",
                "D04GHwGGf2GK4CAQ",
                "\\\"}\"",
            ),
            (
                "x = \"\"\"host=a\npassword=",
                "wO8Bfv3nwRgDug13",
                "\n\"\"\"",
            ),
            ("x = \"\"\"a\npassword: ", "FucR9CS37dMo4stq", ".\n\"\"\""),
            ("ok = password == \"", "bJtCCgPh75xKHrTL", "\""),
            ("os.environ[\"DB_PASSWORD\"] = \"", "bJtCCgPh75xKHrTL", "\""),
            ("token = [\"", &long, "\"]"),
        ] {
            let text = format!("def f():\n    {before}{secret}{after}\n");
            let found = find(&text);
            assert_eq!(found.len(), 1, "{text} {found:?}");
        }
    }

    #[test]
    fn names_words_and_hashes_are_no_secrets() {
        for text in [
            "password = fCwiZfa0XjxZbbqJ\n",
            "login(password=readPassword2FromDisk)\n",
            "# password = getPassword2FromKeyring(name)\n",
            "# token: base64UrlEncodedHeaderOf2Parts\n",
            "password: str = \"AZURE_CLIENT_S3_CR3\"\n",
            "password = \"database-prod-user-77a1\"\n",
            "token = \"d41d8cd98f00b204e9800998ecf8427e\"\n",
            "next_token = \"7M8yytQ2kfLw0ZrXv5TnB3hJc9Pd\"\n",
            "token = \"NAME\" \"OP\" \"NUMBER2\" \"STRING4\"\n",
            "x = \"Authorization: Bearer your_Access_Token_0a1B2c\"\n",
            "x = \"Bearer mF_9.B5f-4.1JqM\"\n",
            "password = \"%s\" % pAssW0rdOfUser1Now\n",
            "x = \"password=${DB_pA55_0fTh3U53r1}\"\n",
            "def f(password: str = None, other: str = \"a1B2c3D4\"):\n    pass\n",
            "api_key = 'A1b2C3d4E5f6G7h8-test'\n",
            "secret = 'aaaaaaaaBBBB11111111'\n",
        ] {
            assert_eq!(find(text), [], "{text}");
        }
    }
}
