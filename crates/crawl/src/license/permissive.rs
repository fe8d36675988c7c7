//! The list of permissive licences.

/// Licences without conditions beyond naming the authors, by SPDX identifier. The list follows the
/// model, permissive and lead ratings of the Blue Oak Council, kept to what occurs in Python code.
const PERMISSIVE: &[&str] = &[
    "0BSD",
    "AFL-3.0",
    "Apache-1.1",
    "Apache-2.0",
    "Artistic-2.0",
    "BSD-1-Clause",
    "BSD-2-Clause",
    "BSD-2-Clause-Patent",
    "BSD-2-Clause-Views",
    "BSD-3-Clause",
    "BSD-3-Clause-Clear",
    "BSD-3-Clause-LBNL",
    "BSD-4-Clause",
    "BSD-Source-Code",
    "BSL-1.0",
    "BlueOak-1.0.0",
    "CC0-1.0",
    "CNRI-Python",
    "ECL-2.0",
    "FSFAP",
    "HPND",
    "ISC",
    "MIT",
    "MIT-0",
    "MIT-CMU",
    "MIT-Modern-Variant",
    "MulanPSL-2.0",
    "NCSA",
    "NTP",
    "OLDAP-2.8",
    "PSF-2.0",
    "PostgreSQL",
    "Python-2.0",
    "Python-2.0.1",
    "TCL",
    "UPL-1.0",
    "Unicode-3.0",
    "Unicode-DFS-2016",
    "Unlicense",
    "W3C",
    "WTFPL",
    "X11",
    "Xnet",
    "ZPL-2.1",
    "Zlib",
    "bzip2-1.0.6",
    "curl",
    "zlib-acknowledgement",
];

/// True if permissive licences alone satisfy the expression.
pub(super) fn is_permissive(expression: &str) -> bool {
    spdx::Expression::parse(expression).is_ok_and(|expression| {
        expression.evaluate(|requirement| {
            let id = requirement.license.id();
            id.is_some_and(|id| PERMISSIVE.contains(&id.name))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_branch_of_a_choice_is_enough_and_every_part_of_a_conjunction_is_needed() {
        assert!(is_permissive("GPL-2.0-only OR MIT"));
        assert!(!is_permissive("GPL-2.0-only AND MIT"));
        assert!(is_permissive("(MIT OR GPL-3.0-or-later) AND Apache-2.0"));
        assert!(!is_permissive("MIT AND LicenseRef-unrecognized"));
        assert!(!is_permissive(""));
    }

    #[test]
    fn every_name_of_the_list_is_known_to_spdx() {
        for name in PERMISSIVE {
            assert!(spdx::license_id(name).is_some(), "{name}");
        }
    }
}
