//! Tests of what files beside the licence, and those of a part of the source, say of it.

use super::tests::{CODE, MIT, expression, licenses};

#[test]
fn what_stands_beside_the_licence_can_restrict_it() {
    for (path, content) in [
        (
            "README.md",
            &b"# X\n\n## License\n\nGPL-3.0. Commercial use requires a paid licence.\n"[..],
        ),
        (
            "COMMERCIAL.md",
            b"Commercial use requires a paid licence.\n",
        ),
        ("TERMS_OF_USE.txt", b"non commercial only"),
        ("LEGAL.md", b"Confidential. Do not distribute."),
        ("package.json", b"{\"license\": \"UNLICENSED\"}"),
        ("conda/meta.yaml", b"about:\n  license: GPL-3.0\n"),
        (
            "debian/copyright",
            b"Format: x\n\nFiles: *\nCopyright: A\nLicense: GPL-3+\n",
        ),
    ] {
        let found = licenses(&[("LICENSE", MIT), (path, content)]).of("m.py", CODE);
        assert!(!found.permissive, "{path}");
    }
    for (path, content) in [
        (
            "README.md",
            &b"# X\n\n## License\n\nMIT. It uses foo, which is GPL.\n"[..],
        ),
        ("TERMS.md", b"The terms of the series are listed here.\n"),
        ("package.json", b"{\"license\": \"ISC\"}"),
    ] {
        let found = licenses(&[("LICENSE", MIT), (path, content)]);
        assert_eq!(expression(&found, "m.py"), "MIT", "{path}");
    }
}

#[test]
fn what_speaks_for_a_part_of_the_source_reaches_its_files() {
    for (path, content, file) in [
        (
            "vend/foo/PKG-INFO",
            &b"Name: foo\nLicense: GPLv3\n"[..],
            "vend/foo/m.py",
        ),
        (
            "third_party/foo/README.md",
            b"License: GPL-3.0",
            "third_party/foo/m.py",
        ),
        ("ext/MODULE_LICENSE_GPL", b"", "ext/m.py"),
        (
            "mod/__manifest__.py",
            b"{'license': 'OPL-1'}\n",
            "mod/a/m.py",
        ),
        ("pkg/__about__.py", b"__license__ = 'GPL-3.0'\n", "pkg/m.py"),
        (
            "pkg/__init__.py",
            b"\"\"\"Foo.\n\nThis package is licensed under the GPL v3.\n\"\"\"\n",
            "pkg/m.py",
        ),
    ] {
        let found = licenses(&[("LICENSE", MIT), (path, content)]);
        assert!(!found.of(file, CODE).permissive, "{path}");
        assert_eq!(expression(&found, "m.py"), "MIT", "{path}");
    }
}

#[test]
fn metadata_of_a_bundled_module_are_about_the_folders_that_it_names() {
    let info = "vendor/Foo_Bar-1.0.dist-info";
    let (metadata, names) = (format!("{info}/METADATA"), format!("{info}/top_level.txt"));
    let found = licenses(&[
        ("LICENSE", MIT),
        (&metadata, b"Name: Foo-Bar\nLicense: GPL-3.0\n"),
        (&names, b"fb\n_fb\n"),
    ]);
    for path in ["vendor/fb/m.py", "vendor/_fb.py"] {
        assert!(!found.of(path, CODE).permissive, "{path}");
    }
    assert_eq!(expression(&found, "vendor/other/m.py"), "MIT");
}
