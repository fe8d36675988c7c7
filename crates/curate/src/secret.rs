//! Keys, tokens and passwords in texts, by their published formats.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;

/// Something that was found in a text.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// Name of the pattern.
    pub pattern: &'static str,
    /// Offset of the first byte.
    pub start: usize,
    /// Offset after the last byte.
    pub end: usize,
}

/// A format of secrets.
struct Format {
    name: &'static str,
    regex: Regex,
    /// Different characters that the secret part (the first group) has at least: `xxxx` is none.
    variety: usize,
    /// Further condition on the secret part.
    accept: fn(&str) -> bool,
}

const FORMATS: &[(&str, &str, usize)] = &[
    (
        "private_key",
        r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY(?: BLOCK)?-----(?:\\n|\\r|[\s'\x22+])*([A-Za-z0-9+/=\s\\:,.-]{60,})",
        16,
    ),
    ("aws_access_key", r"\b(?:AKIA|ASIA)([A-Z2-7]{16})\b", 8),
    (
        "github_token",
        r"\b(?:gh[pousr]_([A-Za-z0-9]{36,255})|github_pat_([A-Za-z0-9_]{60,255}))\b",
        12,
    ),
    ("gitlab_token", r"\bglpat-([A-Za-z0-9_-]{20,})\b", 10),
    ("slack_token", r"\bxox[abeoprs]-([0-9A-Za-z-]{20,})", 10),
    (
        "slack_webhook",
        r"https://hooks\.slack\.com/services/T[A-Z0-9]+/B[A-Z0-9]+/([A-Za-z0-9]{20,})",
        10,
    ),
    ("stripe_key", r"\b[rs]k_live_([0-9A-Za-z]{20,})\b", 10),
    ("google_api_key", r"\bAIza([0-9A-Za-z_-]{35})", 14),
    (
        "openai_key",
        r"\bsk-(?:proj-|svcacct-|admin-)?([A-Za-z0-9_-]{16,}T3BlbkFJ[A-Za-z0-9_-]{16,})",
        14,
    ),
    ("anthropic_key", r"\bsk-ant-([A-Za-z0-9_-]{60,})", 14),
    ("hugging_face_token", r"\bhf_([A-Za-z]{34})\b", 12),
    (
        "pypi_token",
        r"\bpypi-AgEIcHlwaS5vcmc([A-Za-z0-9_-]{50,})",
        14,
    ),
    ("npm_token", r"\bnpm_([A-Za-z0-9]{36})\b", 12),
    (
        "sendgrid_key",
        r"\bSG\.([A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43})",
        14,
    ),
    ("twilio_key", r"\b(?:SK|AC)([0-9a-f]{32})\b", 8),
    (
        "telegram_token",
        r"\b[0-9]{8,10}:(AA[A-Za-z0-9_-]{33})\b",
        12,
    ),
    (
        "json_web_token",
        r"\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.([A-Za-z0-9_-]{20,})",
        12,
    ),
];

/// A password in an address: `https://name:password@host`.
const ADDRESS: &str = r#"\b[a-z][a-z0-9+.-]{1,20}://[^\s/:@'"{}<>$%()]{1,64}:([^\s/@'"{}<>$%()]{4,})@([A-Za-z0-9.-]+)"#;

/// A value that is given to something that is called a secret.
const ASSIGNED: &str = r#"(?i)\b[a-z0-9_]*(?:api_?key|secret(?:_?key)?|access_?key|access_?token|auth_?token|private_?token|password|passwd)["']?\s*(?::|=|:=)\s*["']([A-Za-z0-9+/=_.~!#$^&*-]{16,})["']"#;

static PATTERNS: LazyLock<Vec<Format>> = LazyLock::new(|| {
    let given = FORMATS
        .iter()
        .map(|(name, regex, variety)| (*name, *regex, *variety, any as fn(&str) -> bool));
    let more = [
        (
            "password_in_address",
            ADDRESS,
            4,
            is_password as fn(&str) -> bool,
        ),
        ("assigned_secret", ASSIGNED, 10, is_random),
    ];
    given
        .chain(more)
        .filter_map(|(name, regex, variety, accept)| {
            // A test compiles each of them.
            let regex = Regex::new(regex).ok()?;
            Some(Format {
                name,
                regex,
                variety,
                accept,
            })
        })
        .collect()
});

fn any(_: &str) -> bool {
    true
}

/// Texts that stand in the place of a password.
fn is_password(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    let stands_for = [
        "pass", "pwd", "secret", "token", "xxx", "***", "...", "changeme", "1234", "user",
        "hunter2", "guest", "admin", "root", "test", "foo", "bar", "key",
    ];
    !stands_for.iter().any(|word| lower.contains(word))
        && !lower.bytes().all(|b| b.is_ascii_digit())
}

/// True for texts that look drawn by chance: letters and digits mixed, no words, much entropy.
fn is_random(text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let letters = text.bytes().filter(u8::is_ascii_alphabetic).count();
    let lower = text.to_ascii_lowercase();
    let placeholder = [
        "example", "sample", "dummy", "your", "test", "xxxx", "abcdef", "123456", "changeme",
    ];
    digits >= 2
        && letters >= 4
        && !placeholder.iter().any(|word| lower.contains(word))
        && entropy(text) >= 3.4
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

/// The secrets in a text, in order. Values that are evidently made up, such as AWS's `EXAMPLE` keys, are none.
#[must_use]
pub fn secrets(text: &str) -> Vec<Finding> {
    let mut found = Vec::new();
    for format in PATTERNS.iter() {
        for captures in format.regex.captures_iter(text) {
            let (Some(whole), Some(secret)) =
                (captures.get(0), captures.iter().skip(1).flatten().next())
            else {
                continue;
            };
            let variety: BTreeSet<u8> = secret.as_str().bytes().collect();
            let host = captures.get(2).map_or("", |host| host.as_str());
            if variety.len() >= format.variety
                && !secret.as_str().contains("EXAMPLE")
                && (format.accept)(secret.as_str())
                && !is_reserved(host)
            {
                found.push(Finding {
                    pattern: format.name,
                    start: whole.start(),
                    end: whole.end(),
                });
            }
        }
    }
    found.sort_by_key(|finding| (finding.start, finding.end, finding.pattern));
    found.dedup_by(|next, kept| next.start < kept.end);
    found
}

/// Hosts that are reserved for examples and tests (RFC 2606 and RFC 6761), or that mean this machine.
pub(crate) fn is_reserved(host: &str) -> bool {
    let lower = host.to_ascii_lowercase();
    let labels: Vec<&str> = lower.trim_end_matches('.').split('.').collect();
    let last = labels.last().copied().unwrap_or("");
    matches!(
        last,
        "example" | "test" | "invalid" | "localhost" | "local" | "localdomain" | "internal"
    ) || labels.contains(&"example")
        || lower == "127.0.0.1"
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Made of parts, so that no scanner of this repository takes them for secrets.
    fn joined(parts: &[&str]) -> String {
        parts.concat()
    }

    #[test]
    fn every_pattern_compiles() {
        assert_eq!(PATTERNS.len(), FORMATS.len() + 2);
    }

    #[test]
    fn secrets_of_known_formats_are_found_with_their_place() {
        let body = "aB3dE5gH7jK9mN1pQ2sT4vW6yZ8bC0eF2hJ4";
        for (pattern, secret) in [
            ("aws_access_key", joined(&["AKIA", "Q3EGRK7TWNB2LXZA"])),
            ("github_token", joined(&["ghp_", body])),
            ("gitlab_token", joined(&["glpat-", &body[..20]])),
            (
                "slack_token",
                joined(&["xoxb-", "123456789012-", &body[..24]]),
            ),
            ("stripe_key", joined(&["sk_live_", &body[..24]])),
            ("google_api_key", joined(&["AIza", &body[..35]])),
            ("npm_token", joined(&["npm_", body])),
            (
                "private_key",
                joined(&[
                    "-----BEGIN RSA ",
                    "PRIVATE KEY-----\\nMIIEowIBAAKCAQEA",
                    body,
                    body,
                    "\\n-----END RSA PRIVATE KEY-----",
                ]),
            ),
            (
                "password_in_address",
                joined(&["postgres://ann:", "Zt4kq9w@db.acme.io"]),
            ),
            (
                "assigned_secret",
                joined(&["api_key = '", "9f8a7c6b5d4e3f2a1b0c", "'"]),
            ),
        ] {
            let text = format!("import os\nx = ({secret})\n");
            let found = secrets(&text);
            assert_eq!(found.len(), 1, "{pattern}: {found:?}");
            assert_eq!(found[0].pattern, pattern);
            assert!(found[0].start >= 10);
        }
    }

    #[test]
    fn what_is_made_up_is_no_secret() {
        for text in [
            "key = 'AKIAIOSFODNN7EXAMPLE'",
            "token = 'ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx'",
            "url = 'https://user:password@example.com/x'",
            "url = f'https://{user}:{password}@host.org'",
            "urlparse('http://user:pa%20ss@www.python.org:80')",
            "password = 'correct-horse-battery-staple'",
            "api_key = 'your-api-key-goes-here-1234'",
            "HEADER = '-----BEGIN PRIVATE KEY-----'",
            "secret_key = get_random_string(50)",
            "digest = 'd41d8cd98f00b204e9800998ecf8427e'",
            "alphabet_key = 'abcdefghijklmnopqrstuvwxyz0123456789'",
        ] {
            assert_eq!(secrets(text), [], "{text}");
        }
    }
}
