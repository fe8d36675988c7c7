//! Keys, tokens and passwords in texts, by their published formats.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;

use crate::assigned;
use crate::pieces::{Joined, decoded};
use crate::services::{self, SERVICES, is_drawn};

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
    /// A part without which no text has it; `None` if there is none that saves time.
    part: Option<&'static str>,
    /// Different characters that the secret part (the first group) has at least: `xxxx` is none.
    variety: usize,
    /// Further condition on the secret part.
    accept: fn(&str) -> bool,
}

const FORMATS: &[(&str, &str, usize)] = &[
    (
        "private_key",
        r"----[- ]BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?[- ]----(?:\\n|\\r|[\s'\x22+#,])*([A-Za-z0-9+/=\s\\:,.#-]{60,})",
        16,
    ),
    (
        "aws_access_key",
        r"(?:\b|_)(?:AKIA|ASIA)([A-Z2-7]{16})(?:\b|_)",
        8,
    ),
    (
        "github_token",
        r"(?:\b|_)(?:gh[pousr]_([A-Za-z0-9]{36,255})|github_pat_([A-Za-z0-9_]{60,255}))(?:\b|_)",
        12,
    ),
    ("gitlab_token", r"(?:\b|_)glpat-([A-Za-z0-9_-]{20,})", 10),
    (
        "slack_token",
        r"(?:\b|_)xox[abeoprs]-([0-9A-Za-z-]{20,})",
        10,
    ),
    (
        "slack_webhook",
        r"https://hooks\.slack\.com/services/T[A-Z0-9]+/B[A-Z0-9]+/([A-Za-z0-9]{20,})",
        10,
    ),
    (
        "stripe_key",
        r"(?:\b|_)[rs]k_live_([0-9A-Za-z]{20,})(?:\b|_)",
        10,
    ),
    ("google_api_key", r"(?:\b|_)AIza([0-9A-Za-z_-]{35})", 14),
    (
        "openai_key",
        r"\bsk-(?:proj-|svcacct-|admin-)?([A-Za-z0-9_-]{16,}T3BlbkFJ[A-Za-z0-9_-]{16,})",
        14,
    ),
    ("anthropic_key", r"\bsk-ant-([A-Za-z0-9_-]{60,})", 14),
    (
        "hugging_face_token",
        r"(?:\b|_)hf_([A-Za-z]{34})(?:\b|_)",
        12,
    ),
    (
        "pypi_token",
        r"\bpypi-AgEIcHlwaS5vcmc([A-Za-z0-9_-]{50,})",
        14,
    ),
    ("npm_token", r"(?:\b|_)npm_([A-Za-z0-9]{36})(?:\b|_)", 12),
    (
        "sendgrid_key",
        r"\bSG\.([A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43})",
        14,
    ),
    ("twilio_key", r"\b(?:SK|AC)([0-9a-f]{32})\b", 8),
    (
        "telegram_token",
        r"(?:\b|bot|_)[0-9]{8,10}:(AA[A-Za-z0-9_-]{33})",
        12,
    ),
    (
        "json_web_token",
        r"\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.([A-Za-z0-9_-]{20,})",
        12,
    ),
    (
        "mapbox_token",
        r"\bsk\.eyJ1([A-Za-z0-9_-]{20,}\.[A-Za-z0-9_-]{20,})",
        14,
    ),
    ("google_oauth_secret", r"\bGOCSPX-([A-Za-z0-9_-]{20,})", 12),
    (
        "azure_account_key",
        r"\bAccountKey=([A-Za-z0-9+/]{40,}={0,2})",
        14,
    ),
    (
        "discord_webhook",
        r"https://(?:[a-z]+\.)?discord(?:app)?\.com/api/(?:v[0-9]+/)?webhooks/[0-9]{15,21}/([A-Za-z0-9_-]{40,})",
        14,
    ),
    ("digitalocean_token", r"\bdo[opr]_v1_([0-9a-f]{40,})\b", 8),
    (
        "shopify_token",
        r"\bshp(?:at|ca|pa|ss)_([0-9a-fA-F]{32})\b",
        8,
    ),
    ("databricks_token", r"\bdapi([0-9a-f]{32})\b", 8),
    ("mailgun_key", r"\bkey-([0-9a-f]{32})\b", 8),
    (
        "gitlab_runner_token",
        r"\bGR1348941([A-Za-z0-9_-]{20,})",
        10,
    ),
];

/// Secrets that are published for everybody's use: in specifications, with emulators, and hashes of nothing.
const PUBLISHED: &[&str] = &[
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq",
    "2YotnFZFEjr1zCsicMWpAA",
    "tGzv3JOkF0XG5Qx2TlKWIA",
    "SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c",
    "TJVA95OrM7E2cBab30RMHrHDcEfxjoYZgeFONFh7HgQ",
    "6LeIxAcTAAAAAGG-vFI1TnRWxMZNFuojJ4WifJWe",
    "6LeIxAcTAAAAAJcZVRqyHh71UMIEGNQ_MXjiZKhI",
    "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80",
    "d41d8cd98f00b204e9800998ecf8427e",
    "da39a3ee5e6b4b0d3255bfef95601890afd80709",
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
];

/// Name of the pattern of passwords in addresses.
const IN_ADDRESS: &str = "password_in_address";

/// A password in an address: `https://name:password@host`.
const ADDRESS: &str = r#"\b[a-z][a-z0-9+.-]{1,20}://[^\s/:@'"{}<>$%()]{0,64}:([^\s/@'"{}<>$%()]{4,})@([A-Za-z0-9.-]+)"#;

static PATTERNS: LazyLock<Vec<Format>> = LazyLock::new(|| {
    let given = FORMATS.iter().map(|(name, regex, variety)| {
        let accept = match *name {
            "private_key" => is_encoded as fn(&str) -> bool,
            _ => any,
        };
        (*name, *regex, *variety, accept)
    });
    let more = [(IN_ADDRESS, ADDRESS, 4, is_password as fn(&str) -> bool)];
    let services = SERVICES
        .iter()
        .map(|(name, regex, variety)| (*name, *regex, *variety, is_drawn as fn(&str) -> bool));
    given
        .chain(services)
        .chain(more)
        .filter_map(|(name, regex, variety, accept)| {
            let part = services::part(regex);
            // A test compiles each of them.
            let regex = Regex::new(regex).ok()?;
            Some(Format {
                part,
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

/// True for a text with a long row of letters and digits without spaces, as no sentence has one.
fn is_encoded(text: &str) -> bool {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '=');
    text.split(|c: char| !is_part(c))
        .any(|row| row.len() >= MIN_ROW)
}

/// Minimal length of a line of a private key.
const MIN_ROW: usize = 32;

/// Texts that stand in the place of a password.
pub(crate) fn is_password(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    let stands_for = [
        "pass", "pwd", "secret", "token", "xxx", "***", "...", "changeme", "1234", "user",
        "hunter2", "guest", "admin", "root", "test", "foo", "bar", "key", "tiger", "pw",
        "verysafe", "usr",
    ];
    !stands_for.iter().any(|word| lower.contains(word))
        && !lower.bytes().all(|b| b.is_ascii_digit())
}

/// True for texts that people make up by going along an alphabet, or by repeating a part of them: at least half of the
/// characters follow those before them, or both halves are the same.
pub(crate) fn is_sequence(text: &str) -> bool {
    let bytes = text.as_bytes();
    let steps = bytes
        .windows(2)
        .filter(|pair| pair[0].abs_diff(pair[1]) <= 1);
    let (one, other) = bytes.split_at(bytes.len() / 2);
    steps.count() * 2 >= bytes.len().max(1) || one == other
}

/// The secrets in a text, in order. Values that are evidently made up, such as AWS's `EXAMPLE` keys, are none.
#[must_use]
pub fn secrets(text: &str) -> Vec<Finding> {
    let mut found = of_formats(text);
    let given = assigned::find(text).into_iter();
    found.extend(given.filter(|finding| !is_made_up(&text[finding.start..finding.end])));
    // A password in an address, or a name and its value, may not go over several strings.
    let is_format = |finding: &Finding| finding.pattern != IN_ADDRESS;
    if let Some(joined) = Joined::of(text) {
        found.extend(
            of_formats(&joined.text)
                .into_iter()
                .filter(is_format)
                .map(|finding| Finding {
                    start: joined.place(finding.start),
                    end: joined.place(finding.end - 1) + 1,
                    ..finding
                }),
        );
        found.extend(of_base64(&joined.text).into_iter().map(|finding| Finding {
            start: joined.place(finding.start),
            end: joined.place(finding.end - 1) + 1,
            ..finding
        }));
    }
    found.extend(of_base64(text));
    found.sort_by_key(|finding| (finding.start, finding.end, finding.pattern));
    found.dedup_by(|next, kept| next.start < kept.end);
    found
}

/// Keys and tokens that are written in Base64, with the place of the whole.
fn of_base64(text: &str) -> Vec<Finding> {
    let texts = decoded(text).into_iter();
    let found = texts.filter_map(|(range, plain)| {
        let pattern = of_formats(&plain)
            .into_iter()
            .map(|finding| finding.pattern)
            .find(|pattern| *pattern != IN_ADDRESS)?;
        Some(Finding {
            pattern,
            start: range.start,
            end: range.end,
        })
    });
    found.collect()
}

/// Strings with one of the formats in a text.
fn of_formats(text: &str) -> Vec<Finding> {
    let mut found = Vec::new();
    for format in PATTERNS.iter() {
        if format.part.is_some_and(|part| !text.contains(part)) {
            continue;
        }
        for captures in format.regex.captures_iter(text) {
            let (Some(whole), Some(secret)) =
                (captures.get(0), captures.iter().skip(1).flatten().next())
            else {
                continue;
            };
            let variety: BTreeSet<u8> = secret.as_str().bytes().collect();
            let host = captures.get(2).map_or("", |host| host.as_str());
            if variety.len() >= format.variety
                && !is_made_up(secret.as_str())
                && (format.accept)(secret.as_str())
                && (!is_reserved(host) || host.ends_with(".internal"))
            {
                found.push(Finding {
                    pattern: format.name,
                    start: whole.start(),
                    end: whole.end(),
                });
            }
        }
    }
    found
}

/// True for secrets that evidently are none. Those of some length, such as private keys, may have anything in them.
fn is_made_up(secret: &str) -> bool {
    secret.contains("EXAMPLE")
        || PUBLISHED.iter().any(|known| secret.contains(known))
        || (secret.len() <= 255 && is_sequence(secret))
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
        assert_eq!(PATTERNS.len(), FORMATS.len() + SERVICES.len() + 1);
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
            is_found(pattern, &secret);
        }
    }

    #[test]
    fn what_stands_around_a_secret_does_not_hide_it() {
        let body = "aB3dE5gH7jK9mN1pQ2sT4vW6yZ8bC0eF2hJ4";
        let telegram = joined(&["5839201746:AA", &body[..33]]);
        for (pattern, secret) in [
            ("github_token", joined(&["token_gh", "p_", body, "_prod"])),
            (
                "aws_access_key",
                joined(&["key_AKIA", "Q3EGRK7TWNB2LXZA", "_prod"]),
            ),
            ("gitlab_token", joined(&["gl", "pat-", &body[..19], "-"])),
            (
                "telegram_token",
                joined(&["https://api.telegram.org/bot", &telegram, "/getMe"]),
            ),
            (
                "telegram_token",
                joined(&["5839201746:AA", &body[..32], "-"]),
            ),
            (
                "mapbox_token",
                joined(&["sk.ey", "J1", body, ".", &body[..22]]),
            ),
            (
                "password_in_address",
                joined(&["mysql://svc:", "Zt4kq9wLm2", "@db.prod.internal/x"]),
            ),
        ] {
            is_found(pattern, &secret);
        }
    }

    #[test]
    fn secrets_of_more_formats_are_found() {
        let hex = "9f8a7c6b5d4e3f2a1b0c7e81d25f60a4";
        let body = "aB3dE5gH7jK9mN1pQ2sT4vW6yZ8bC0eF2hJ4";
        for (pattern, secret) in [
            (
                "password_in_address",
                joined(&["redis://:", "3gxg0emnuxlD5RVW", "@cache.acme.io:6379/0"]),
            ),
            ("google_oauth_secret", joined(&["GOCSPX-", &body[..28]])),
            (
                "azure_account_key",
                joined(&["AccountKey=", body, body, &body[..14], "=="]),
            ),
            (
                "discord_webhook",
                joined(&[
                    "https://discord.com/api/webhooks/",
                    "1081234567890123456/",
                    "x7",
                    body,
                    body,
                ]),
            ),
            (
                "digitalocean_token",
                joined(&["dop_v1_", hex, &hex[16..], &hex[..16]]),
            ),
            ("shopify_token", joined(&["shpat_", hex])),
            ("databricks_token", joined(&["dapi", hex])),
            ("mailgun_key", joined(&["key-", hex])),
            ("gitlab_runner_token", joined(&["GR1348941", &body[..20]])),
        ] {
            is_found(pattern, &secret);
        }
    }

    #[test]
    fn secrets_of_services_are_found() {
        let hex = "9f8a7c6b5d4e3f2a1b0c7e81d25f60a4";
        let body = "aB3dE5gH7jK9mN1pQ2sT4vW6yZ8bC0eF2hJ4";
        let long = joined(&[body, "xK7pR2", body, "Tq9Lw3", body]);
        for (pattern, secret) in [
            ("model_service_key", joined(&["sk-or-", "v1-", hex, hex])),
            ("model_service_key", joined(&["gsk", "_", &long[..52]])),
            ("model_service_key", joined(&["nvapi", "-", &long[..64]])),
            ("gitlab_token", joined(&["gldt", "-", &body[..20]])),
            ("docker_token", joined(&["dckr", "_pat_", &body[..27]])),
            ("cloud_token", joined(&["hvs", ".", &long[..90]])),
            ("cloud_token", joined(&["sbp", "_", hex, &hex[..8]])),
            (
                "observability_token",
                joined(&["glsa", "_", body, &hex[..8]]),
            ),
            ("payment_key", joined(&["whsec", "_", &body[..32]])),
            ("mail_service_key", joined(&[hex, "-us", "12"])),
            ("workspace_token", joined(&["lin", "_api_", body, "aB3d"])),
            ("google_oauth_token", joined(&["ya29", ".", &long])),
            (
                "package_registry_token",
                joined(&["rubygems", "_", hex, &hex[..16]]),
            ),
        ] {
            is_found(pattern, &secret);
        }
        for text in [
            "x = 'gsk_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx'",
            "x = 'glrt-detector-with-known-noise-level'",
            "x = 'nfp_' + name",
        ] {
            assert_eq!(secrets(text), [], "{text}");
        }
    }

    #[test]
    fn keys_in_pieces_and_in_base64_are_found() {
        let body = "aB3dE5gH7jK9mN1pQ2sT4vW6yZ8bC0eF2hJ4";
        let token = joined(&["ghp", "_", body]);
        let line = joined(&[body, &body[..28]]);
        let (begin, end) = (joined(&["-----BEGIN RSA ", "PRIVATE KEY-----"]), "-----END");
        for (pattern, text) in [
            (
                "github_token",
                format!("x = ('{}' '{}')\n", &token[..20], &token[20..]),
            ),
            ("github_token", format!("x = 'ghp_' + \\\n    '{body}'\n")),
            (
                "private_key",
                format!("# {begin}\n# {line}\n# {line}\n# {end}\n"),
            ),
            (
                "private_key",
                format!("x = ['{begin}',\n    '{line}',\n    '{line}',\n    '{end}']\n"),
            ),
            (
                "private_key",
                format!("x = '{begin}\\n' + \\\n    '{line}\\n' + \\\n    '{line}\\n'\n"),
            ),
        ] {
            let found = secrets(&text);
            assert_eq!(found.len(), 1, "{text}");
            assert_eq!(found[0].pattern, pattern, "{text}");
            assert!(
                found[0].start < found[0].end && found[0].end <= text.len(),
                "{text}"
            );
        }
        // A token, and the beginning of a key, in Base64.
        for text in [
            joined(&[
                "x = 'Z2hwX2FCM2RFNWdIN2pLOW1O",
                "MXBRMnNUNHZXNnlaOGJDMGVGMmhKNA=='\n",
            ]),
            joined(&[
                "x = '''\nLS0tLS1CRUdJTiBSU0EgUFJJVkFURSBLRVkt",
                "LS0tLQphQjNkRTVnSDdqSzltTjFwUTJzVDR2VzZ5\n",
                "WjhiQzBlRjJoSjRhQjNkRTVnSDdqSzltTjFwUTJzVDR2VzZ5WjhiCmFCM2RFNWdIN2pLOW1OMXBR\n'''\n",
            ]),
        ] {
            assert_eq!(secrets(&text).len(), 1, "{text}");
        }
        let prose = format!(
            "# {begin} begins a key, then come lines of letters and figures, then its end\n"
        );
        assert_eq!(secrets(&prose), []);
    }

    fn is_found(pattern: &str, secret: &str) {
        let text = format!("import os\nx = ({secret})\n");
        let found = secrets(&text);
        assert_eq!(found.len(), 1, "{pattern}: {found:?}");
        assert_eq!(found[0].pattern, pattern);
        assert!(found[0].start >= 10);
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
            "x = 'shpat_0123456789abcdef0123456789abcdef'",
            "x = 'key-d41d8cd98f00b204e9800998ecf8427e'",
            "x = 'monkey-9f8a7c6b5d4e3f2a1b0c7e81d25f60a'",
            "x = 'AccountKey=Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=='",
            "x = 'redis://:password@cache.acme.io:6379/0'",
            "x = 'redis://:s3cr3tpw@localhost:6379/0'",
            "x = 'oracle://scott:tiger@hostname/db'",
            "x = 'https://username:verysafe@dbhost.io http://usr:pwd1@www.w3.org'",
            "RECAPTCHA_PRIVATE_KEY = '6LeIxAcTAAAAAGG-vFI1TnRWxMZNFuojJ4WifJWe'",
            "x = {'access_token': '2YotnFZFEjr1zCsicMWpAA'}",
            "alphabet_key = 'abcdefghijklmnopqrstuvwxyz0123456789'",
        ] {
            assert_eq!(secrets(text), [], "{text}");
        }
    }
}
