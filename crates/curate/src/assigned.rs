//! Values that look drawn by chance and are given to something that is called a secret: `password = ".."`.

use std::sync::LazyLock;

use regex::Regex;

use crate::drawn::{is_given_password, is_mixed, is_secret};
use crate::personal::outside_code;
use crate::pieces::decode;
use crate::secret::Finding;

/// Name of the pattern.
pub(crate) const NAME: &str = "assigned_secret";

/// Names of secrets; those that mean other things too are the first group.
const NAMES: &str = r"(?:api[_-]?key|secret(?:[_-]?key)?|access[_-]?key|private[_-]?token|password|passwd|passphrase|passcode|passwort|senha|(?:\b|_)(?:pwd|pass|psk)|(token|credential|session[_-]?(?:id|key)|(?:private|encryption|signing|jwt|aes|auth|account|subscription)[_-]?key))";

/// Ends of a name behind that of a secret: `API_KEY_LIVE`, `SECRET_KEY_BASE`, `token_value`, `passwords`.
const ENDS: &str =
    r"(?:s|[_-](?:base|default|dev|live|new|old|prod|production|staging|value|v[0-9]))?[0-9]{0,2}";

/// Signs behind the name that give a value, or compare with one. A quote, a type and another name may stand between.
const GIVEN: &str = r#"\\?["']?\]?\s*(?::\s*[A-Za-z_][A-Za-z0-9_.|\[\] ]{0,40}=|:=|[=!]=|:|=|\.(?:startswith|endswith)\(|>|\bis\b:?)\s*(?:[A-Za-z_][A-Za-z0-9_]{0,40}\s*=\s*)?"#;

/// A comma behind a name in quotes: `get("password", "..")`.
const LISTED: &str = r#"["']\s*,\s*"#;

/// The call of a function with one string, as in `SecretStr("..")`.
const CALL: &str = r"(?:[A-Za-z_][A-Za-z0-9_.]{0,40}\(\s*)?";

/// Strings that stand behind each other, perhaps in brackets, perhaps behind a key.
const QUOTED: &str = r#"[\[({\s]{0,40}(?:["'][A-Za-z0-9_.@-]{1,40}["']\s*:\s*)?((?:[bruBRU]{0,2}\\?(?:"""|'''|["'])[^"'\\\s\[\]]+\\?(?:"""|'''|["'])\s*)+)"#;

/// The beginning of several names that are given several strings, of which the last one counts.
const SEVERAL: &str = r"[A-Za-z_][A-Za-z0-9_]{0,40}\s*,\s*[A-Za-z0-9_]{0,40}";

/// The strings before the last one: `user, password = "svc", ".."`.
const BEFORE: &str = r#"\s*=\s*\(?(?:["'][^"'\n]{0,80}["']\s*,\s*){1,3}"#;

/// The rest of a function whose name says what it returns.
const RETURNED: &str = r"\([^()\n]{0,80}\)[^:\n]{0,40}:\s*return\s+";

/// A value without quotes, as comments and texts have it.
const BARE: &str = r"([A-Za-z0-9+/=_~-]{16,})";

/// A value that HTTP's header names a bearer's, that a page is asked with, or that stands before a host.
const BEARER: &str = r"(?:\b(?:[Bb]earer|[Tt]oken)\s+|[?&](?:key|auth|sig|signature)=|\b[a-z][a-z0-9+]{1,12}://)([A-Za-z0-9._~+/=-]{20,})(@[A-Za-z0-9.-]+)?";

/// A name and a password in HTTP's own form.
const BASIC: &str = r"\bBasic\s+([A-Za-z0-9+/]{12,}={0,2})";

/// A name and a password for `curl`.
const CURL: &str =
    r#"\bcurl\b[^\n]{0,120}\s(?:-u|--user)[ =]["']?[A-Za-z0-9._@-]{1,40}:([^\s"'{}$<>]{8,})"#;

struct Patterns {
    quoted: Vec<Regex>,
    bare: Regex,
    bearer: Regex,
    basic: Regex,
    curl: Regex,
    piece: Regex,
}

static PATTERNS: LazyLock<Option<Patterns>> = LazyLock::new(|| {
    let called = format!("(?i){NAMES}{ENDS}");
    let quoted = [
        format!("{called}{GIVEN}{CALL}{QUOTED}"),
        format!("{called}{LISTED}{QUOTED}"),
        format!("(?i){SEVERAL}{NAMES}{ENDS}{BEFORE}{QUOTED}"),
        format!(r"(?i)\bdef\s+[A-Za-z0-9_]{{0,40}}{NAMES}{ENDS}{RETURNED}{QUOTED}"),
    ];
    let quoted: Result<Vec<_>, _> = quoted.iter().map(|regex| Regex::new(regex)).collect();
    // A test compiles each of them.
    Some(Patterns {
        quoted: quoted.ok()?,
        bare: Regex::new(&format!("{called}{GIVEN}{BARE}")).ok()?,
        bearer: Regex::new(BEARER).ok()?,
        basic: Regex::new(BASIC).ok()?,
        curl: Regex::new(CURL).ok()?,
        piece: Regex::new(r#"["']([^"'\\\s]+)\\?["']"#).ok()?,
    })
});

/// The values of this kind in a text of Python, in order.
pub(crate) fn find(text: &str) -> Vec<Finding> {
    let Some(patterns) = PATTERNS.as_ref() else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for regex in &patterns.quoted {
        found.extend(quoted(text, regex, &patterns.piece));
    }
    let mut bare = bare(text, patterns);
    bare.extend(in_protocols(text, patterns));
    if !bare.is_empty() {
        bare.sort();
        found.extend(outside_code(text, bare));
    }
    found
}

/// Values in quotes.
fn quoted(text: &str, regex: &Regex, piece: &Regex) -> Vec<Finding> {
    let mut found = Vec::new();
    for captures in regex.captures_iter(text) {
        let (Some(whole), Some(strings)) = (captures.get(0), captures.get(2)) else {
            continue;
        };
        let pieces = piece.captures_iter(strings.as_str());
        let value: String = pieces
            .filter_map(|piece| Some(piece.get(1)?.as_str()))
            .collect();
        let start = name_start(text, whole.start());
        let name = &text[start..strings.start()];
        if is_secret(&value, name, captures.get(1).is_some()) {
            found.push(finding(
                start,
                whole.start() + whole.as_str().trim_end().len(),
            ));
        }
    }
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
            Some(b'<') => after.next() != Some(b'/'),
            Some(byte) => matches!(byte, b'(' | b'[' | b'{' | b'%' | b'$' | b'@'),
            None => false,
        };
        let start = name_start(text, whole.start());
        let name = &text[start..value.start()];
        if !goes_on
            && is_mixed(value.as_str())
            && is_secret(value.as_str(), name, captures.get(1).is_some())
        {
            found.push(finding(start, whole.end()));
        }
    }
    found
}

/// Values that headers, addresses and command lines have in places of their own.
fn in_protocols(text: &str, patterns: &Patterns) -> Vec<Finding> {
    let mut found = Vec::new();
    for captures in patterns.bearer.captures_iter(text) {
        let (Some(whole), Some(value)) = (captures.get(0), captures.get(1)) else {
            continue;
        };
        let is_host = whole.as_str().contains("://") && captures.get(2).is_none();
        if !is_host && is_secret(value.as_str(), "", true) {
            found.push(finding(whole.start(), value.end()));
        }
    }
    for captures in patterns.basic.captures_iter(text) {
        let Some((whole, value)) = captures.get(0).zip(captures.get(1)) else {
            continue;
        };
        let plain = decode(value.as_str().trim_end_matches('='));
        let given = plain.as_deref().and_then(|plain| plain.split_once(':'));
        if given.is_some_and(|(user, password)| !user.is_empty() && is_given_password(password)) {
            found.push(finding(whole.start(), whole.end()));
        }
    }
    for captures in patterns.curl.captures_iter(text) {
        if let Some((whole, password)) = captures.get(0).zip(captures.get(1))
            && is_given_password(password.as_str())
        {
            found.push(finding(password.start(), whole.end()));
        }
    }
    found
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
            ("password = '''", "KhsAv82eHBdoAprQ", "'''"),
            ("password = '", "x8Qr{q2vLz|4mW9<aaBQ7>tYpZ1k", "'"),
            ("API_KEY_LIVE = '", "x8Qrq2vLz4mW9aaBQ7tYpZ1k", "'"),
            ("SECRET_KEY_BASE = '", "x8Qrq2vLz4mW9aaBQ7tYpZ1k", "'"),
            ("passwords = {'svc': '", "x8Qrq2vLz4mW9aaBQ7tYpZ1k", "'}"),
            ("db_pass = '", "x8Qrq2vLz4mW9aaBQ7tYpZ1k", "'"),
            ("signing_key = '", "x8Qrq2vLz4mW9aaBQ7tYpZ1k", "'"),
            ("cfg.get('api_key', '", "x8Qrq2vLz4mW9aaBQ7tYpZ1k", "')"),
            ("run(['--password', '", "x8Qrq2vLz4mW9aaBQ7tYpZ1k", "'])"),
            ("user, password = 'svc', '", "x8Qrq2vLz4mW9aaBQ7tYpZ1k", "'"),
            ("password = pw = '", "x8Qrq2vLz4mW9aaBQ7tYpZ1k", "'"),
            ("password = SecretStr('", "x8Qrq2vLz4mW9aaBQ7tYpZ1k", "')"),
            (
                "ok = password.startswith('",
                "x8Qrq2vLz4mW9aaBQ7tYpZ1k",
                "')",
            ),
            ("# the password is ", "x8Qrq2vLz4mW9aaBQ7tYpZ1k", ""),
            (
                "x = '<password>",
                "x8Qrq2vLz4mW9aaBQ7tYpZ1k",
                "</password>'",
            ),
            ("x = 'https://a.io/?key=", "x8Qrq2vLz4mW9aaBQ7tYpZ1k", "'"),
            (
                "x = 'https://",
                "x8Qrq2vLz4mW9aaBQ7tYpZ1k",
                "@github.com/a/b'",
            ),
            ("x = 'PWD=", "x8Qrq2vLz4mW9aaBQ7tYpZ1k", ";'"),
            (
                "# curl -u svc:",
                "x8Qrq2vLz4mW9aaBQ7tYpZ1k",
                " https://a.io",
            ),
            (
                "h = {'Authorization': 'Basic ",
                "c3ZjOng4UXJxMnZMejRtVzk=",
                "'}",
            ),
            ("h = {'Authorization': 'Token ", &long, "'}"),
            ("token = '", "9f8a7c6b5d4e3f2a1b0c7e81d25f60a49f8a7c6b", "'"),
            ("password = '", "x8Q$q2v!4mW9", "'"),
            ("api_key = '", "k9Test2Lm8QvR4xZ7pW1nB5c", "'"),
            ("api_key = '", "QwXvLzTmWkAaBqRtYpZsKdNfGhJcMeUo", "'"),
            (
                "def get_password():\n        return '",
                "x8Qrq2vLz4mW9aaBQ7tYpZ1k",
                "'",
            ),
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
            "password = 'P@ssw0rd123!'\npwd = 'Tr0ub4dor&3'\n",
            "bypass = 'x8Qrq2vLz4mW9aaBQ7tYpZ1k'\n",
            "password = '{user.password_2}-{Salt1:x}'\n",
            "api_key = 'https://host.io/v1/Keys?x=A1b2C3'\n",
            "aes_key = '2b7e151628aed2a6abf7158809cf4f3c'\n",
            "token = 'ID,NUM2,OP3,ASSIGN4,END5'\n",
            "h = 'Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=='\n",
            "x = 'Basic authentication2Of3Parts'\n",
            "credentials = get('CredentialStore2', 'UserName1')\n",
            "x = 'https://raw.githubusercontent4Files.com/a'\n",
        ] {
            assert_eq!(find(text), [], "{text}");
        }
    }
}
