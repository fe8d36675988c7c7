//! URLs as git understands them, and how to write them without credentials.

use std::path::Path;

/// Replacement for a credential in messages.
const HIDDEN: &str = "***";

/// The three parts of `scheme://authority/path`; the path starts with its slash and holds no query.
fn parts(url: &str) -> Option<(&str, &str, &str)> {
    let (scheme, rest) = url.split_once("://")?;
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (mut authority, mut path) = rest.split_at(end);
    // A password with a slash in it ends the authority too early. Such a URL does not work, but it
    // must not be shown either.
    let port = authority.rsplit_once(':').map(|(_, port)| port);
    let is_port =
        port.is_none_or(|port| !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()));
    let is_host =
        is_port && (authority.contains('.') || authority == "localhost" || port.is_some());
    if !authority.contains('@')
        && !is_host
        && !authority.starts_with('[')
        && let Some(at) = path.rfind('@')
    {
        let end = path[at..].find('/').map_or(path.len(), |slash| at + slash);
        (authority, path) = (&path[at + 1..end], &path[end..]);
    }
    let path = path.split(['?', '#']).next().unwrap_or(path);
    Some((scheme, authority, path))
}

/// A URL as it may be written anywhere: without user, password and query, which can be secrets.
pub(crate) fn without_credentials(url: &str) -> String {
    let Some((scheme, authority, path)) = parts(url) else {
        return url.to_owned();
    };
    let host = authority.rsplit('@').next().unwrap_or(authority);
    format!("{scheme}://{host}{path}")
}

/// The parts of a URL that are or may be secret, the longest first.
fn secrets(url: &str) -> Vec<&str> {
    let mut secrets = Vec::new();
    let rest = url.split_once("://").map_or("", |(_, rest)| rest);
    if let Some((user, _)) = rest.rsplit_once('@') {
        secrets.push(user);
        // Programs take a URL with odd characters in the password apart in their own ways.
        secrets.extend(user.split([':', '/', '@']));
    }
    if let Some((_, query)) = rest.split_once('?') {
        secrets.push(query);
        secrets.extend(
            query
                .split('&')
                .filter_map(|pair| Some(pair.split_once('=')?.1)),
        );
    }
    // Hiding a word as short as `git` would only garble the message.
    secrets.retain(|secret| secret.len() > 3);
    secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
    secrets
}

/// A message of another program in one line, with the credentials of `url` and of every other URL in it
/// taken out, and without control characters, which a server could use to paint on the terminal.
pub(crate) fn redacted(message: &str, url: &str) -> String {
    let mut message = message.replace(url, &without_credentials(url));
    for secret in secrets(url) {
        message = message.replace(secret, HIDDEN);
    }
    let lines = message
        .lines()
        .map(|line| {
            let words = line.split_whitespace().map(word_without_credentials);
            words.collect::<Vec<_>>().join(" ")
        })
        .filter(|line| !line.is_empty());
    let line = lines.collect::<Vec<_>>().join("; ");
    line.chars().filter(|c| !c.is_control()).collect()
}

/// Removes credentials from a word of a message; quotes may enclose a URL in it.
fn word_without_credentials(word: &str) -> String {
    let Some(scheme_end) = word.find("://").map(|at| at + 3) else {
        return word.to_owned();
    };
    let start = match word.rfind('@') {
        Some(at) if at > scheme_end => at + 1,
        _ => scheme_end,
    };
    let rest = &word[start..];
    // What follows a question mark is a query, unless the word ends with it.
    let end = rest
        .find('?')
        .filter(|at| at + 1 < rest.len())
        .unwrap_or(rest.len());
    format!("{}{}", &word[..scheme_end], &rest[..end])
}

/// True if git would run a program that the URL names, or read the URL as an option. Any text before `::`
/// names a program, unless it is part of an address such as `https://[::1]/x`.
pub(crate) fn is_dangerous(url: &str) -> bool {
    url.starts_with('-')
        || url.contains(['\n', '\0'])
        || url
            .split_once("::")
            .is_some_and(|(name, _)| !name.contains(['/', '[']))
}

/// Schemes that git handles itself. For another `scheme://` it runs a program of that name.
const SCHEMES: &[&str] = &[
    "file", "ftp", "ftps", "git", "git+ssh", "http", "https", "ssh", "ssh+git",
];

/// True if git would run the program that the scheme of a URL names.
pub(crate) fn names_a_helper(url: &str) -> bool {
    url.split_once("://").is_some_and(|(scheme, _)| {
        let is_scheme = scheme
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
        is_scheme && !SCHEMES.contains(&scheme.to_ascii_lowercase().as_str())
    })
}

/// The host that a request goes to; `None` for what is on this machine.
pub(crate) fn host(url: &str) -> Option<String> {
    if let Some((scheme, authority, _)) = parts(url) {
        let host = authority.rsplit('@').next().unwrap_or(authority);
        let host = match host.strip_prefix('[') {
            Some(address) => address.split(']').next().unwrap_or(address),
            None => host.split(':').next().unwrap_or(host),
        };
        return (scheme != "file").then(|| host.to_lowercase());
    }
    let (before, _) = url.split_once(':')?;
    let host = before.rsplit('@').next().unwrap_or(before);
    (!before.contains('/')).then(|| host.to_lowercase())
}

/// The folder of a repository on this machine.
pub(crate) fn local_path(url: &str) -> Option<&Path> {
    match url.strip_prefix("file://") {
        Some(path) => Some(Path::new(path)),
        None => (!url.contains("://") && host(url).is_none()).then(|| Path::new(url)),
    }
}

/// A local path relative to the corpus made absolute; every other URL as it is.
pub(crate) fn absolute(url: &str, folder: &Path) -> String {
    let path = folder.join(url);
    if local_path(url).is_some() && !url.contains("://") && path.exists() {
        std::path::absolute(&path)
            .map_or_else(|_| url.to_owned(), |path| path.display().to_string())
    } else {
        url.to_owned()
    }
}

/// The last two parts of a URL's path: `owner/repository`.
pub(crate) fn short_name(url: &str) -> String {
    let plain = without_credentials(url);
    let trimmed = plain.trim_end_matches('/').trim_end_matches(".git");
    let mut parts: Vec<_> = trimmed
        .rsplit(['/', ':'])
        .filter(|part| !part.is_empty())
        .take(2)
        .collect();
    parts.reverse();
    parts.join("/")
}

/// The `url.<base>.insteadOf` rules of the user's git, which replace the start of URLs.
#[derive(Debug, Default)]
pub(crate) struct Rewrites {
    /// Prefix and what takes its place.
    rules: Vec<(String, String)>,
}

impl Rewrites {
    /// Reads what `git config -z --get-regexp` prints: key, newline, value, NUL.
    pub(crate) fn parse(listing: &str) -> Self {
        let rules = listing.split('\0').filter_map(|entry| {
            let (key, prefix) = entry.split_once('\n')?;
            let base = key.strip_prefix("url.")?.strip_suffix(".insteadof")?;
            Some((prefix.to_owned(), base.to_owned()))
        });
        Self {
            rules: rules.collect(),
        }
    }

    /// The URL that git will really ask; the longest prefix wins, as in git.
    pub(crate) fn apply(&self, url: &str) -> String {
        let rules = self.rules.iter();
        rules
            .filter_map(|(prefix, base)| {
                Some((prefix.len(), base, url.strip_prefix(prefix.as_str())?))
            })
            .max_by_key(|(length, ..)| *length)
            .map_or_else(|| url.to_owned(), |(_, base, rest)| format!("{base}{rest}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_taken_out() {
        let url = "https://user:secret@example.org/a/b.git?token=secret";
        assert_eq!(without_credentials(url), "https://example.org/a/b.git");
        let message = format!("fatal: unable to access '{url}/': no");
        assert!(!redacted(&message, url).contains("secret"));
        let other = "see https://me:secret@example.org/x now";
        assert_eq!(redacted(other, url), "see https://example.org/x now");
    }

    #[test]
    fn credentials_are_taken_out_of_odd_urls_too() {
        for url in [
            "https://secret@example.org",
            "https://user:secret@example.org?key=secret",
            "https://user:sec/secret@example.org/a",
            "https://user:pass@word@secret@example.org/a",
            "https://sec/secret@example.org/a",
            "ssh://user:secret@example.org:22/a",
            "https://example.org/a?access_token=secret&x=1#secret",
        ] {
            assert!(!without_credentials(url).contains("secret"), "{url}");
            assert_eq!(host(url).as_deref(), Some("example.org"), "{url}");
            let message = format!("could not resolve secret in '{url}' or {url}: secret");
            assert!(!redacted(&message, url).contains("secret"), "{url}");
        }
        // An `@` in a path is no credential.
        let url = "https://example.org/a/@scope/b";
        assert_eq!(without_credentials(url), url);
    }

    #[test]
    fn a_message_becomes_one_line_without_control_characters() {
        let message = "remote: \u{1b}[31mred\r\n\n  fatal: no\n";
        assert_eq!(redacted(message, "u"), "remote: [31mred; fatal: no");
    }

    #[test]
    fn hosts_and_names() {
        assert_eq!(host("https://u@Example.org/a"), Some("example.org".into()));
        assert_eq!(
            host("https://example.org:8443/a"),
            Some("example.org".into())
        );
        assert_eq!(host("https://[::1]:8443/a"), Some("::1".into()));
        assert_eq!(host("git@example.org:a/b.git"), Some("example.org".into()));
        assert_eq!(host("file:///a/b"), None);
        assert_eq!(host("/a/b"), None);
        assert_eq!(short_name("git@example.org:a/b.git"), "a/b");
        assert_eq!(short_name("https://example.org/a/b"), "a/b");
    }

    #[test]
    fn transports_that_run_programs_are_dangerous() {
        assert!(is_dangerous("ext::sh -c id"));
        assert!(is_dangerous("fd::17"));
        for name in [
            "testgit+x::foo",
            "a.b::c",
            "a_b::c",
            "a b::c",
            "::x",
            "\u{e9}::x",
            "https+x::y",
        ] {
            assert!(is_dangerous(name), "{name}");
        }
        for url in ["testgit://foo", "ext://sh", "a+b.c-d://x"] {
            assert!(names_a_helper(url), "{url}");
        }
        for url in [
            "HTTPS://example.org/a",
            "git+ssh://a/b",
            "/a/b",
            "a:b",
            "./a://b",
        ] {
            assert!(!names_a_helper(url), "{url}");
        }
        assert!(is_dangerous("--upload-pack=id"));
        assert!(!is_dangerous("https://[::1]/a"));
        assert!(!is_dangerous("git@example.org:a/b"));
    }

    #[test]
    fn the_longest_rule_wins() {
        let rules = Rewrites::parse(
            "url.file:///all/.insteadof\nhttps://example.org/\0url.git@x:.insteadof\nhttps://example.org/own/\0",
        );
        assert_eq!(rules.apply("https://example.org/a"), "file:///all/a");
        assert_eq!(rules.apply("https://example.org/own/a"), "git@x:a");
        assert_eq!(
            rules.apply("https://example.com/a"),
            "https://example.com/a"
        );
    }
}
