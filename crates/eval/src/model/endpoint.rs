//! Addresses of servers: base addresses to whole ones.

use ureq::http::Uri;

use super::Protocol;

/// A server's address for one protocol.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// The protocol that is spoken there.
    pub protocol: Protocol,
    /// The whole address that requests go to.
    pub url: String,
}

/// The whole paths that name a protocol.
const SUFFIXES: [(&str, Protocol); 4] = [
    ("/chat/completions", Protocol::Chat),
    ("/completions", Protocol::Completions),
    ("/messages", Protocol::Anthropic),
    ("/responses", Protocol::Responses),
];

impl Endpoint {
    /// The endpoint at a base address, which may end in `/v1`, `/v1/`, nothing, or the whole path, and may
    /// have a query, such as Azure's `?api-version=`. A whole path decides the protocol.
    ///
    /// # Errors
    /// It is no address of a server; the text says why.
    pub fn at(base: &str, protocol: Protocol) -> Result<Self, String> {
        let base = base.trim();
        check(base)?;
        let (path, query) = match base.split_once('?') {
            Some((path, query)) => (path, format!("?{query}")),
            None => (base, String::new()),
        };
        let path = path.trim_end_matches('/');
        let whole = SUFFIXES.iter().find(|(end, _)| path.ends_with(end));
        if let Some((_, named)) = whole {
            return Ok(Self {
                protocol: *named,
                url: format!("{path}{query}"),
            });
        }
        let end = match protocol {
            Protocol::Chat => "chat/completions",
            Protocol::Completions => "completions",
            Protocol::Anthropic => "messages",
            Protocol::Responses => "responses",
        };
        let last = path.rsplit('/').next().unwrap_or_default();
        let versioned = last.len() > 1
            && last.starts_with('v')
            && last[1..].starts_with(|c: char| c.is_ascii_digit());
        let has_path = path
            .split_once("://")
            .is_some_and(|(_, rest)| rest.contains('/'));
        // Anthropic's path has its version whatever comes before; others with a path have theirs in it.
        let url = if versioned || (has_path && protocol != Protocol::Anthropic) {
            format!("{path}/{end}{query}")
        } else {
            format!("{path}/v1/{end}{query}")
        };
        Ok(Self { protocol, url })
    }

    /// The address without user, password, query and fragment, any of which may be a secret.
    #[must_use]
    pub fn shown(&self) -> String {
        let plain = self.url.split(['?', '#']).next().unwrap_or_default();
        let Some((scheme, rest)) = plain.split_once("://") else {
            return plain.to_owned();
        };
        let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
        let host = host.rsplit('@').next().unwrap_or(host);
        format!("{scheme}://{host}/{path}")
    }

    /// Address of another path of the same server: the base before the protocol's own path, then `path`, with
    /// the same query.
    #[must_use]
    pub fn beside(&self, path: &str) -> String {
        let (whole, query) = match self.url.split_once('?') {
            Some((whole, query)) => (whole, format!("?{query}")),
            None => (self.url.as_str(), String::new()),
        };
        let root = SUFFIXES
            .iter()
            .find_map(|(end, _)| whole.strip_suffix(end))
            .unwrap_or(whole);
        format!("{root}/{path}{query}")
    }

    /// True for a server of Azure's, which takes its key in a header of its own.
    #[must_use]
    pub(crate) fn is_azure(&self) -> bool {
        let host = self.host();
        host.ends_with(".azure.com") || self.url.contains("api-version=")
    }

    /// The host's name, without a port.
    #[must_use]
    pub fn host(&self) -> &str {
        let rest = self.url.split_once("://").map_or("", |(_, rest)| rest);
        let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let host = host.rsplit('@').next().unwrap_or(host);
        host.rsplit_once(':').map_or(host, |(host, _)| host)
    }
}

/// Refuses an invalid address before anything is sent to it.
fn check(base: &str) -> Result<(), String> {
    let hint = "an address is like https://host/v1 or http://127.0.0.1:8000";
    let Some((scheme, rest)) = base.split_once("://") else {
        return Err(format!("it has no http:// or https://; {hint}"));
    };
    if !["http", "https"].contains(&scheme.to_ascii_lowercase().as_str()) {
        return Err(format!("its scheme is `{scheme}`; {hint}"));
    }
    if rest.is_empty() || rest.starts_with(['/', '?', '#', ':']) {
        return Err(format!("it names no host; {hint}"));
    }
    let uri: Uri = base.parse().map_err(|error| format!("{error}; {hint}"))?;
    let authority = uri.authority().map_or("", |one| one.as_str());
    let after = authority.rsplit('@').next().unwrap_or(authority);
    let port = after.rsplit_once(':').map(|(_, port)| port);
    // The brackets of IPv6 hold colons, too.
    if let Some(port) = port.filter(|port| !port.ends_with(']'))
        && port.parse::<u16>().is_err()
    {
        return Err(format!("`{port}` is not a port; {hint}"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(base: &str, protocol: Protocol) -> String {
        Endpoint::at(base, protocol).unwrap().url
    }

    #[test]
    fn base_addresses_are_understood_with_and_without_version_and_path() {
        for (base, wanted) in [
            ("http://h:1", "http://h:1/v1/chat/completions"),
            ("http://h:1/", "http://h:1/v1/chat/completions"),
            ("http://h:1/v1", "http://h:1/v1/chat/completions"),
            ("http://h:1/v1/", "http://h:1/v1/chat/completions"),
            ("http://[::1]:1/v1", "http://[::1]:1/v1/chat/completions"),
            (
                "http://h/api/openai",
                "http://h/api/openai/chat/completions",
            ),
            (
                "http://h/v1/chat/completions",
                "http://h/v1/chat/completions",
            ),
            (
                "https://x.openai.azure.com/openai/deployments/d?api-version=2024-10-21",
                "https://x.openai.azure.com/openai/deployments/d/chat/completions?api-version=2024-10-21",
            ),
            (
                "https://h/v1/chat/completions/?key=1",
                "https://h/v1/chat/completions?key=1",
            ),
        ] {
            assert_eq!(url(base, Protocol::Chat), wanted);
        }
        let completions = Endpoint::at("http://h/v1/completions", Protocol::Chat).unwrap();
        assert_eq!(completions.protocol, Protocol::Completions);
        let responses = Endpoint::at("http://h/v1/responses?a=b", Protocol::Chat).unwrap();
        assert_eq!(responses.protocol, Protocol::Responses);
        assert_eq!(responses.beside("files"), "http://h/v1/files?a=b");
        assert_eq!(
            url("https://h", Protocol::Anthropic),
            "https://h/v1/messages"
        );
        assert_eq!(
            url("https://h/anthropic", Protocol::Anthropic),
            "https://h/anthropic/v1/messages"
        );
        let secret = Endpoint::at("https://me:password@h:1/v1?key=s", Protocol::Chat).unwrap();
        assert_eq!(secret.shown(), "https://h:1/v1/chat/completions");
        assert_eq!(secret.host(), "h");
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for bad in [
            "",
            "localhost:8000/v1",
            "htp://h/v1",
            "ftp://h",
            "http://",
            "https:///v1",
            "http://:80",
            "http://h:port/v1",
            "http://a b/v1",
            "http://h:99999",
        ] {
            assert!(Endpoint::at(bad, Protocol::Chat).is_err(), "{bad}");
        }
    }
}
