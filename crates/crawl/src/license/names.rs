//! Paths with a role for licences.

use super::reuse;

/// Role of a path for the licences of other files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Role {
    /// A licence file of its folder.
    Text,
    /// A file of a folder that collects licences, such as `LICENSES/`; with the folder that it speaks for.
    Collected(String),
    /// Metadata of a package.
    Metadata,
    /// `REUSE.toml` or `.reuse/dep5`.
    Annotations,
    /// `NAME.license`, with the path of the file that it speaks for.
    Sidecar(String),
}

/// Files with these endings hold no licence, whatever their names.
const NOT_TEXT: &[&str] = &[
    "PY", "PYI", "PYX", "PXD", "PYC", "IPYNB", "JSON", "YML", "YAML", "TOML", "CFG", "INI", "HTML",
    "HTM", "CSS", "JS", "TS", "CSV", "TSV", "SPDX", "RDF", "XML", "PNG", "SVG", "JPG", "GIF",
    "ICO", "SH", "BAT", "C", "H", "CPP", "RS", "GO", "JAVA", "RB", "LICENSE", "PO", "MO", "POT",
    "DB", "GZ", "ZIP", "J2",
];

/// Role of a path, if it has one.
pub(crate) fn role(path: &str) -> Option<Role> {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    let metadata =
        path == "PKG-INFO" || matches!(name, "pyproject.toml" | "setup.cfg" | "setup.py");
    if metadata {
        return Some(Role::Metadata);
    }
    if reuse::is_annotations(path) {
        return Some(Role::Annotations);
    }
    if let Some(of) = path.strip_suffix(".license")
        && name.len() > ".license".len()
        && of.contains('.')
    {
        return Some(Role::Sidecar(of.to_owned()));
    }
    if !is_text(name) {
        return None;
    }
    if let Some(of) = collection(folder) {
        return Some(Role::Collected(of.to_owned()));
    }
    is_license_name(name).then_some(Role::Text)
}

fn is_text(name: &str) -> bool {
    let extension = name
        .rsplit_once('.')
        .map(|(_, extension)| extension.to_ascii_uppercase());
    extension.is_none_or(|extension| !NOT_TEXT.contains(&extension.as_str()))
}

/// `LICENSE`, `LICENSE.txt`, `LICENSE-MIT`, `MIT-LICENSE.txt`, `COPYING.LESSER`.
fn is_license_name(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    // Lists of what others contributed are not the licence of the files beside them.
    let of_others = ["3RD", "THIRD", "BUNDLED", "VENDOR", "DEPEND"];
    if of_others.iter().any(|word| name.contains(word)) {
        return false;
    }
    let parts: Vec<_> = name.split(['.', '-', '_', ' ']).collect();
    let is_word = |part: &&str| {
        matches!(
            *part,
            "LICENSE"
                | "LICENCE"
                | "LICENSES"
                | "LICENCES"
                | "COPYING"
                | "UNLICENSE"
                | "COPYRIGHT"
                | "COPYLEFT"
                | "EULA"
        )
    };
    // At the beginning, or after the licence's own name: `how_to_choose_a_license.txt` is about licences.
    parts.first().is_some_and(is_word)
        || parts.iter().skip(1).take(2).any(is_word) && is_id_part(parts[0])
}

/// True if a file named in metadata next to licence files is about persons or the project, and grants
/// nothing.
pub(crate) fn is_of_persons(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_uppercase();
    let stem = name.split('.').next().unwrap_or(&name);
    matches!(
        stem,
        "AUTHORS" | "CONTRIBUTORS" | "CREDITS" | "README" | "THANKS"
    )
}

/// True for the first part of licence names.
fn is_id_part(part: &str) -> bool {
    const FIRST: &[&str] = &[
        "AGPL", "APACHE", "APACHE2", "BSD", "BSD2", "BSD3", "BSL", "CC0", "EPL", "EXPAT", "GPL",
        "GPL2", "GPL3", "GPLV2", "GPLV3", "ISC", "LGPL", "LGPL3", "MIT", "MPL", "MPL2", "MY",
        "OUR", "PROJECT", "PSF", "PYTHON", "SOFTWARE", "THE", "ZLIB", "ZPL",
    ];
    FIRST.contains(&part)
}

/// The folder that a folder of licences speaks for.
fn collection(folder: &str) -> Option<&str> {
    let (parent, name) = folder.rsplit_once('/').unwrap_or(("", folder));
    let name = name.to_ascii_uppercase();
    matches!(
        name.as_str(),
        "LICENSE" | "LICENCE" | "LICENSES" | "LICENCES"
    )
    .then_some(parent)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn licence_files_are_told_from_code() {
        for path in [
            "LICENSE",
            "a/COPYING.txt",
            "LICENCE-MIT",
            "MIT-LICENSE.txt",
            "MIT_LICENSE",
            "license.rst",
            "UNLICENSE",
            "docs/COPYRIGHT",
            "COPYING.LESSER",
        ] {
            assert_eq!(role(path), Some(Role::Text), "{path}");
        }
        for (path, folder) in [
            ("LICENSES/MIT.txt", ""),
            ("licenses/MIT.txt", ""),
            ("LICENSE/MIT.txt", ""),
            ("sub/LICENSES/MIT.txt", "sub"),
        ] {
            assert_eq!(
                role(path),
                Some(Role::Collected(folder.to_owned())),
                "{path}"
            );
        }
        for path in [
            "license.py",
            "licensing.md",
            "a/b.py",
            "LICENSE-3RD-PARTY.txt",
            "src/licenses/__init__.py",
            "license_number.json",
            "how_to_choose_a_license.txt",
        ] {
            assert_eq!(role(path), None, "{path}");
        }
        for path in ["setup.py", "a/pyproject.toml", "a/b/setup.cfg", "PKG-INFO"] {
            assert_eq!(role(path), Some(Role::Metadata), "{path}");
        }
        assert_eq!(
            role("a/m.py.license"),
            Some(Role::Sidecar("a/m.py".to_owned()))
        );
        assert_eq!(role("a/REUSE.toml"), Some(Role::Annotations));
        assert_eq!(role(".reuse/dep5"), Some(Role::Annotations));
        assert_eq!(role("x.egg-info/PKG-INFO"), None);
    }
}
