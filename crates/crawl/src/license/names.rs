//! Paths with a role for licences.

use super::{manifests, reuse, text};

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
    /// The licence text of one bundled module, such as `_vendor/six.LICENSE` or a file of its `dist-info`, with the
    /// module's path without ending.
    TextOf(String),
    /// The metadata of one bundled module.
    MetadataOf(String),
    /// `NOTICE`, which grants nothing and may ask for something.
    Notice,
    /// `README`, of which only restrictions below a heading for the licence count.
    Readme,
    /// `top_level.txt` of a bundled module's `dist-info`, with the module's path: the names of its folders.
    Names(String),
    /// `__init__.py` or `__about__.py`, whose `__license__` speaks for the files of its package.
    Package,
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
    let metadata = matches!(
        name,
        "pyproject.toml" | "setup.cfg" | "setup.py" | "__manifest__.py" | "__openerp__.py"
    );
    if metadata || manifests::is_manifest(name) {
        return Some(Role::Metadata);
    }
    if PACKAGES.contains(&name) {
        return Some(Role::Package);
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
    if let Some(of) = bundled(folder, name) {
        return Some(of);
    }
    // One in the folder of a bundled module's metadata is about that module.
    if name == "PKG-INFO" {
        return Some(Role::Metadata);
    }
    if is_license_page(name) {
        return Some(Role::Text);
    }
    if !is_text(name) {
        return None;
    }
    if is_notice(name) {
        return Some(Role::Notice);
    }
    if is_readme(name) {
        return Some(Role::Readme);
    }
    if let Some(of) = collection(folder) {
        return Some(Role::Collected(of.to_owned()));
    }
    is_license_name(name).then_some(Role::Text)
}

/// Modules that speak for their package.
const PACKAGES: &[&str] = &[
    "__about__.py",
    "__init__.py",
    "__meta__.py",
    "__metadata__.py",
    "__pkginfo__.py",
    "__version__.py",
    "_about.py",
];

/// The name of a text without its ending, if it has one of those that texts have.
fn stem(name: &str) -> Option<&str> {
    let (stem, ending) = name.rsplit_once('.').unwrap_or((name, "txt"));
    let is_plain = matches!(
        ending.to_ascii_lowercase().as_str(),
        "txt" | "md" | "markdown" | "rst"
    );
    is_plain.then_some(stem)
}

/// `NOTICE`, `TERMS.md`, `COMMERCIAL.md`: in capitals, as pages of a manual are not named.
fn is_notice(name: &str) -> bool {
    let plain = |stem: &str| stem.replace(['-', ' '], "_");
    stem(name).is_some_and(|stem| {
        matches!(
            plain(stem).as_str(),
            "ACCEPTABLE_USE"
                | "COMMERCIAL"
                | "COMMERCIAL_USE"
                | "CONFIDENTIAL"
                | "DISCLAIMER"
                | "LEGAL"
                | "LEGAL_NOTICE"
                | "NOTICE"
                | "PATENTS"
                | "PROPRIETARY"
                | "RESTRICTIONS"
                | "TERMS"
                | "TERMS_AND_CONDITIONS"
                | "TERMS_OF_SERVICE"
                | "TERMS_OF_USE"
                | "USAGE_TERMS"
        )
    })
}

fn is_readme(name: &str) -> bool {
    stem(name).is_some_and(|stem| matches!(stem, "README" | "Readme" | "readme" | "ReadMe"))
}

/// True for a file that is about many things, of which only restrictions count.
pub(super) fn is_aside(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    is_readme(name) || manifests::is_manifest(name) || name == "top_level.txt"
}

/// True for the copyright file of a Debian package, which speaks for the folder around it.
pub(super) fn is_debian(path: &str) -> bool {
    path == "debian/copyright" || path.ends_with("/debian/copyright")
}

/// Role of what speaks for one module of the folder: `six.LICENSE`, `six-1.0.dist-info/METADATA`.
fn bundled(folder: &str, name: &str) -> Option<Role> {
    let within = |folder: &str, module: &str| match folder {
        "" => module.to_owned(),
        folder => format!("{folder}/{module}"),
    };
    if let Some((stem, ending)) = name.rsplit_once('.')
        && matches!(ending, "LICENSE" | "LICENCE" | "COPYING")
        && !stem.is_empty()
    {
        let stem = stem.strip_suffix(".py").unwrap_or(stem);
        return Some(Role::TextOf(within(folder, stem)));
    }
    // Licence texts stand in the folder itself, or in `licenses` inside it.
    let inner = folder.strip_suffix("/licenses").unwrap_or(folder);
    let (around, info) = inner.rsplit_once('/').unwrap_or(("", inner));
    let stem = info
        .strip_suffix(".dist-info")
        .or_else(|| info.strip_suffix(".egg-info"))?;
    let module = stem.split('-').next().unwrap_or(stem).replace('.', "/");
    match name {
        "METADATA" | "PKG-INFO" => Some(Role::MetadataOf(within(around, &module))),
        "top_level.txt" if info.ends_with(".dist-info") && inner == folder => {
            Some(Role::Names(within(around, &module)))
        }
        name if is_text(name) && is_license_name(name) => {
            Some(Role::TextOf(within(around, &module)))
        }
        _ => None,
    }
}

fn is_text(name: &str) -> bool {
    let extension = name
        .rsplit_once('.')
        .map(|(_, extension)| extension.to_ascii_uppercase());
    extension.is_none_or(|extension| !NOT_TEXT.contains(&extension.as_str()))
}

/// `LICENSE.html`, `COPYING.htm`; in small letters it is a page about licences, or a template of one.
fn is_license_page(name: &str) -> bool {
    let stem = name.rsplit_once('.').map_or("", |(stem, _)| stem);
    text::is_page(name) && stem == stem.to_ascii_uppercase() && is_license_name(stem)
}

/// `LICENSE`, `LICENSE.txt`, `LICENSE-MIT`, `MIT-LICENSE.txt`, `COPYING.LESSER`.
fn is_license_name(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or(name);
    let in_capitals = !stem.contains(|c: char| c.is_ascii_lowercase());
    let name = name.to_ascii_uppercase();
    // Lists of what others contributed are not the licence of the files beside them.
    let of_others = ["3RD", "THIRD", "BUNDLED", "VENDOR", "DEPEND"];
    if of_others.iter().any(|word| name.contains(word)) {
        return false;
    }
    let parts: Vec<_> = name.split(['.', '-', '_', ' ']).collect();
    if is_of_works(&parts) {
        return false;
    }
    let is_word = |part: &&str| {
        matches!(
            // `COPYING3`
            part.trim_end_matches(|c: char| c.is_ascii_digit()),
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
    // At the beginning, after the licence's own name, or in capitals: `how_to_choose_a_license.txt` is about licences.
    is_named_after(&parts)
        || parts.first().is_some_and(is_word)
        || parts.iter().skip(1).take(2).any(is_word) && (is_id_part(parts[0]) || in_capitals)
}

/// True for a licence of the texts and pictures beside the code: `LICENSE-docs`, `FONTS_LICENSE`.
fn is_of_works(parts: &[&str]) -> bool {
    const WORKS: &[&str] = &[
        "ARTWORK",
        "ASSETS",
        "DOC",
        "DOCS",
        "DOCUMENTATION",
        "FONT",
        "FONTS",
        "ICONS",
        "IMAGES",
        "LOGO",
        "LOGOS",
        "MEDIA",
    ];
    let first = || parts.iter().take(2);
    first().any(|part| WORKS.contains(part)) && first().any(|part| part.starts_with("LICEN"))
}

/// True for a file that is named after a licence which is not permissive: `GPL.txt`, `gpl-3.0.txt`.
fn is_named_after(parts: &[&str]) -> bool {
    let Some((first, rest)) = parts.split_first() else {
        return false;
    };
    let id = first.trim_end_matches(|c: char| c.is_ascii_digit());
    let is_version = |part: &&str| {
        let number = part.trim_start_matches('V');
        !number.is_empty() && number.chars().all(|c| c.is_ascii_digit())
    };
    let about = |part: &&str| matches!(*part, "TXT" | "MD" | "RST" | "ONLY" | "OR" | "LATER");
    matches!(
        id,
        "GPL" | "GPLV" | "LGPL" | "LGPLV" | "AGPL" | "AGPLV" | "MPL" | "EPL" | "EUPL"
    ) && rest.iter().all(|part| is_version(part) || about(part))
        && parts.len() > 1
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
        "ACADEMIC",
        "AGPL",
        "APACHE",
        "APACHE2",
        "BSD",
        "BSD2",
        "BSD3",
        "BSL",
        "CC",
        "CC0",
        "CODE",
        "COMMERCIAL",
        "COMMUNITY",
        "DATA",
        "DUAL",
        "ENTERPRISE",
        "EPL",
        "EXPAT",
        "GPL",
        "GPL2",
        "GPL3",
        "GPLV2",
        "GPLV3",
        "ISC",
        "LGPL",
        "LGPL3",
        "MAIN",
        "MIT",
        "MODEL",
        "MPL",
        "MPL2",
        "MY",
        "NONCOMMERCIAL",
        "OUR",
        "PROJECT",
        "PROPRIETARY",
        "PSF",
        "PYTHON",
        "RESEARCH",
        "SOFTWARE",
        "SOURCE",
        "THE",
        "ZLIB",
        "ZPL",
    ];
    FIRST.contains(&part)
}

/// The folder that a folder of licences speaks for.
fn collection(folder: &str) -> Option<&str> {
    let (parent, name) = folder.rsplit_once('/').unwrap_or(("", folder));
    let name = name.to_ascii_uppercase();
    matches!(
        name.as_str(),
        "LICENSE" | "LICENCE" | "LICENSES" | "LICENCES" | "COPYING"
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
            "COMMERCIAL-LICENSE",
            "commercial_license.txt",
            "ACME_LICENSE.txt",
            "LICENSE.html",
            "a/COPYING.HTM",
            "COPYING3",
            "gpl-3.0.txt",
            "GPL.txt",
            "LGPL-2.1-or-later.md",
        ] {
            assert_eq!(role(path), Some(Role::Text), "{path}");
        }
        for (path, folder) in [
            ("LICENSES/MIT.txt", ""),
            ("licenses/MIT.txt", ""),
            ("LICENSE/MIT.txt", ""),
            ("COPYING/MIT.txt", ""),
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
            "LICENSE-docs",
            "DOCS_LICENSE.txt",
            "gpl_notes.txt",
            "license_number.json",
            "templates/license.html",
            "how_to_choose_a_license.txt",
            "fishing_license.txt",
        ] {
            assert_eq!(role(path), None, "{path}");
        }
        for path in [
            "setup.py",
            "a/pyproject.toml",
            "a/b/setup.cfg",
            "PKG-INFO",
            "vend/foo/PKG-INFO",
            "mod/__manifest__.py",
            "package.json",
            "third_party/foo/README.chromium",
            "ext/MODULE_LICENSE_GPL",
        ] {
            assert_eq!(role(path), Some(Role::Metadata), "{path}");
        }
        assert_eq!(
            role("a/m.py.license"),
            Some(Role::Sidecar("a/m.py".to_owned()))
        );
        assert_eq!(role("a/REUSE.toml"), Some(Role::Annotations));
        assert_eq!(role(".reuse/dep5"), Some(Role::Annotations));
        for (path, module) in [
            ("a/_vendor/six.LICENSE", "a/_vendor/six"),
            ("six.py.LICENSE", "six"),
            ("a/_vendor/six-1.0.dist-info/LICENSE.txt", "a/_vendor/six"),
            ("six-1.0.dist-info/licenses/LICENSE", "six"),
        ] {
            assert_eq!(role(path), Some(Role::TextOf(module.to_owned())), "{path}");
        }
        for (path, module) in [
            ("x.egg-info/PKG-INFO", "x"),
            ("a/jaraco.text-4.0.dist-info/METADATA", "a/jaraco/text"),
        ] {
            let metadata = Role::MetadataOf(module.to_owned());
            assert_eq!(role(path), Some(metadata), "{path}");
        }
        for path in [
            "a/NOTICE",
            "TERMS.md",
            "TERMS-OF-USE.txt",
            "LEGAL",
            "PATENTS",
        ] {
            assert_eq!(role(path), Some(Role::Notice), "{path}");
        }
        for path in [
            "terms.md",
            "LEGAL.py",
            "docs/disclaimer.rst",
            "my.dist-info/terms",
        ] {
            assert_eq!(role(path), None, "{path}");
        }
        assert_eq!(role("a/README.md"), Some(Role::Readme));
        assert_eq!(
            role("vendor/Foo_Bar-1.0.dist-info/top_level.txt"),
            Some(Role::Names("vendor/Foo_Bar".to_owned()))
        );
    }

    #[test]
    fn packages_are_known_by_their_first_file() {
        for path in ["__init__.py", "src/licenses/__init__.py", "a/__about__.py"] {
            assert_eq!(role(path), Some(Role::Package), "{path}");
        }
    }
}
