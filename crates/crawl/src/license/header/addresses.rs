//! Addresses of licences: `https://opensource.org/licenses/MIT`.

use super::super::statement::{self, Stated};
use super::mentions::address;

/// Licence of a text that is only the address of one, on a site that is known for them.
pub(in super::super) fn license_at(text: &str) -> Option<Stated> {
    let lower = text.trim_matches(['<', '>', '(', ')']).to_lowercase();
    let rest = lower
        .strip_prefix("https://")
        .or_else(|| lower.strip_prefix("http://"))?;
    if rest.contains(char::is_whitespace) {
        return None;
    }
    let rest = rest.strip_prefix("www.").unwrap_or(rest);
    let rest = rest.split(['#', '?']).next().unwrap_or(rest);
    let parts: Vec<_> = rest.split('/').filter(|part| !part.is_empty()).collect();
    let is = |id: &str| Some(Stated::License(id.to_owned()));
    match parts[..] {
        [
            "opensource.org" | "choosealicense.com" | "spdx.org" | "apache.org",
            "license" | "licenses",
            name,
        ] => named(parts[0], name),
        ["creativecommons.org", "publicdomain", "zero", "1.0", ..] => is("CC0-1.0"),
        ["creativecommons.org" | "gnu.org", ..] => address(&lower).flatten(),
        ["unlicense.org"] => is("Unlicense"),
        ["mit-license.org"] => is("MIT"),
        ["mozilla.org", "mpl", "2.0"] => is("MPL-2.0"),
        ["boost.org", "license_1_0.txt"] => is("BSL-1.0"),
        _ => None,
    }
}

/// The licence of a page's name: `MIT`, `mit-license.php`, `LICENSE-2.0.txt` on Apache's site.
fn named(site: &str, name: &str) -> Option<Stated> {
    const ENDINGS: [&str; 4] = [".html", ".php", ".txt", ".md"];
    let name = ENDINGS
        .iter()
        .find_map(|ending| name.strip_suffix(ending))
        .unwrap_or(name);
    if site == "apache.org" {
        let version = name.strip_prefix("license-")?;
        let id = statement::expression(&format!("Apache-{version}"))?;
        return Some(Stated::License(id));
    }
    let name = name.trim_end_matches("-license");
    match statement::expression(name) {
        Some(id) => Some(Stated::License(id)),
        None => statement::named(&name.replace(['-', '_'], " ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_on_known_sites_are_licences() {
        for (address, id) in [
            ("https://opensource.org/licenses/MIT", "MIT"),
            ("https://opensource.org/license/mit/", "MIT"),
            ("http://www.opensource.org/licenses/mit-license.php", "MIT"),
            (
                "https://www.apache.org/licenses/LICENSE-2.0.txt",
                "Apache-2.0",
            ),
            (
                "https://spdx.org/licenses/BSD-3-Clause.html",
                "BSD-3-Clause",
            ),
            (
                "https://creativecommons.org/publicdomain/zero/1.0/",
                "CC0-1.0",
            ),
            (
                "https://creativecommons.org/licenses/by-nc/4.0/",
                "CC-BY-NC-4.0",
            ),
            ("https://www.gnu.org/licenses/gpl-3.0.html", "GPL-3.0-only"),
            ("https://opensource.org/licenses/OSL-3.0", "OSL-3.0"),
        ] {
            let expected = Some(Stated::License(id.to_owned()));
            assert_eq!(license_at(address), expected, "{address}");
        }
        for address in [
            "https://example.org/licenses/MIT",
            "https://opensource.org/licenses/",
            "https://opensource.org/licenses/MIT/changed",
            "https://opensource.org/licenses/MIT but not for you",
            "MIT",
        ] {
            assert_eq!(license_at(address), None, "{address}");
        }
    }
}
