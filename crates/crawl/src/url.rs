//! URLs as git understands them, and how to write them without credentials.

use std::path::Path;

/// A URL as it may be written anywhere: without user, password and query, which can be secrets.
pub(crate) fn without_credentials(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return url.to_owned();
    };
    let (authority, path) = match rest.find('/') {
        Some(at) => rest.split_at(at),
        None => (rest, ""),
    };
    let host = authority.rsplit('@').next().unwrap_or(authority);
    let path = path.split(['?', '#']).next().unwrap_or(path);
    format!("{scheme}://{host}{path}")
}

/// A message with the credentials of every URL in it taken out.
pub(crate) fn redacted(message: &str, url: &str) -> String {
    let message = message.replace(url, &without_credentials(url));
    let words: Vec<_> = message
        .split_inclusive(char::is_whitespace)
        .map(|word| match (word.find("://"), word.rfind('@')) {
            (Some(scheme), Some(at)) if at > scheme => {
                format!("{}{}", &word[..scheme + 3], &word[at + 1..])
            }
            _ => word.to_owned(),
        })
        .collect();
    words.concat()
}

/// Whether git would run a program that the URL names, or take the URL for an option.
pub(crate) fn is_dangerous(url: &str) -> bool {
    url.starts_with('-')
        || url.starts_with("ext::")
        || url.starts_with("fd::")
        || url.contains("::")
}

/// The host that a request goes to; `None` for what is on this machine.
pub(crate) fn host(url: &str) -> Option<String> {
    if let Some((scheme, rest)) = url.split_once("://") {
        let authority = rest.split('/').next().unwrap_or(rest);
        let host = authority.rsplit('@').next().unwrap_or(authority);
        return (scheme != "file").then(|| host.to_lowercase());
    }
    let (before, _) = url.split_once(':')?;
    let host = before.rsplit('@').next().unwrap_or(before);
    (!before.contains('/')).then(|| host.to_lowercase())
}

/// A local path relative to the corpus made absolute; every other URL as it is.
pub(crate) fn absolute(url: &str, folder: &Path) -> String {
    let local = !url.contains("://") && host(url).is_none();
    let path = folder.join(url);
    if local && path.exists() {
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
    let mut parts: Vec<_> = trimmed.rsplit(['/', ':']).take(2).collect();
    parts.reverse();
    parts.join("/")
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
    fn hosts_and_names() {
        assert_eq!(host("https://u@Example.org/a"), Some("example.org".into()));
        assert_eq!(host("git@example.org:a/b.git"), Some("example.org".into()));
        assert_eq!(host("file:///a/b"), None);
        assert_eq!(host("/a/b"), None);
        assert_eq!(short_name("git@example.org:a/b.git"), "a/b");
        assert_eq!(short_name("https://example.org/a/b"), "a/b");
        assert!(is_dangerous("ext::sh -c id"));
        assert!(is_dangerous("--upload-pack=id"));
    }
}
