//! Licences: what may go out of a source, by the `permissive` of its files.

use std::fs;
use std::os::unix::fs::symlink;

use tracestone_record::{License, LicenseRule, Line};

use crate::support::{Place, Repository};

const DIR: &str = "[[source]]\nkind = \"dir\"\nname = \"d\"\npath = \"lib\"\n";
const MIT: &str = include_str!("../../../../LICENSE-MIT");
const APACHE: &str = include_str!("../../../../LICENSE-APACHE");
const CODE: &str = "def f(x):\n    \"\"\"\n    >>> f(2)\n    3\n    \"\"\"\n    return x + 1\n";
const CLAUSE: &str = "\"Commons Clause\" License Condition v1.0\n\nThe Software is provided to you by the Licensor \
     under the License, as defined below, subject to the following condition. Without limiting other conditions in \
     the License, the grant of rights under the License will not include, and the License does not grant to you, \
     the right to Sell the Software.\n\n";
const GPL: &str = "# This program is free software: you can redistribute it and/or modify\n\
     # it under the terms of the GNU General Public License as published by\n\
     # the Free Software Foundation, either version 3 of the License, or\n\
     # (at your option) any later version.\n";

/// The licence of `m.py`, or of `pkg/m.py`, in a folder with these files.
fn license(files: &[(&str, &str)]) -> License {
    let place = Place::new();
    for (path, content) in files {
        place.write(&format!("lib/{path}"), content);
    }
    let crawled = place.read(DIR);
    let mut found = crawled
        .files
        .into_iter()
        .filter(|file| file.file.path.ends_with("m.py"));
    found.next().unwrap().file.license
}

fn with_code(header: &str) -> String {
    format!("{header}{CODE}")
}

#[test]
fn none_of_these_is_permissive() {
    let late = "# Copyright 2000 A\n".repeat(25) + "# SPDX-License-Identifier: GPL-3.0-only\n";
    let headers = [
        (GPL, LicenseRule::Notice, 2),
        (
            "# Copyright (C) Example Corp. All rights reserved.\n# Proprietary and confidential.\n",
            LicenseRule::RightsReserved,
            2,
        ),
        (&late, LicenseRule::SpdxLine, 26),
        (
            "# spdx-license-identifier: GPL-3.0-only\n",
            LicenseRule::SpdxLine,
            1,
        ),
        (
            "# Copyright 2020 A  SPDX-License-Identifier: GPL-3.0-only\n",
            LicenseRule::SpdxLine,
            1,
        ),
    ];
    for (header, rule, line) in headers {
        let found = license(&[("LICENSE", MIT), ("m.py", &with_code(header))]);
        assert!(!found.permissive, "{header}");
        let evidence = &found.evidence[0];
        assert_eq!(
            (evidence.rule, evidence.path.as_str()),
            (rule, "m.py"),
            "{header}"
        );
        assert_eq!(evidence.line, Some(Line(line)), "{header}");
    }
    let more = format!(
        "{MIT}\nThe Software may not be used, in whole or in part, for any commercial purpose.\n"
    );
    let short = format!("{MIT}\nCommercial use is not permitted.\n");
    let clause = format!("{CLAUSE}\n{APACHE}");
    for text in [more, short, clause] {
        let found = license(&[("LICENSE", &text), ("m.py", CODE)]);
        assert_eq!(found.expression.as_deref(), Some("LicenseRef-modified"));
        assert!(!found.permissive);
        assert_eq!(found.evidence[0].rule, LicenseRule::TextBeyondLicense);
    }
    let pyproject = "[project]\nname=\"x\"\nlicense=\"GPL-3.0-only\"\n";
    let found = license(&[
        ("LICENSE", APACHE),
        ("pkg/pyproject.toml", pyproject),
        ("pkg/m.py", CODE),
    ]);
    assert_eq!(found.expression.as_deref(), Some("GPL-3.0-only"));
    assert_eq!(found.evidence[0].path, "pkg/pyproject.toml");
    assert_eq!(found.evidence[0].line, Some(Line(3)));
}

/// Headers of real and made-up files that keep a use to some, or the file from others.
const KEPT: &[&str] = &[
    "# Max-Planck-Gesellschaft zur F\u{f6}rderung der Wissenschaften e.V. (MPG) is\n# holder of all proprietary rights on \
     this computer program.\n# You can only use this computer program if you have closed\n# a license agreement with MPG.\n",
    "# Use is permitted only with a valid license.\n",
    "# Please do not upload this file to public repositories.\n",
    "# You may not share, sell or publish this code.\n",
    "# Attribution-NonCommercial-ShareAlike 4.0 International\n",
    "# OpenRAIL++-M\n",
    "# Gemma Terms of Use apply\n",
    "# Solo per uso personale\n",
    "# Solo para uso personal\n",
    "__copyright__ = \"Copyright 2020 Example Inc. All rights reserved. Do not distribute.\"\n",
];

#[test]
fn a_file_that_is_kept_to_some_is_not_permissive() {
    for header in KEPT {
        let found = license(&[("LICENSE", MIT), ("m.py", &with_code(header))]);
        assert!(!found.permissive, "{header}");
    }
    for header in [
        "__copyright__ = \"Copyright 2020 Example Inc. All rights reserved.\"\n",
        "# Copyright (c) 2020 Example Authors. All Rights Reserve.\n",
    ] {
        let found = license(&[("LICENSE", MIT), ("m.py", &with_code(header))]);
        assert_eq!(found.expression.as_deref(), Some("MIT"), "{header}");
    }
}

#[test]
fn a_licence_file_may_be_named_after_its_licence_or_be_about_the_documentation() {
    let gpl = GPL.replace("# ", "");
    for path in ["gpl-3.0.txt", "GPL.txt", "COPYING3"] {
        let found = license(&[("LICENSE", MIT), (path, &gpl), ("m.py", CODE)]);
        assert!(!found.permissive, "{path}");
    }
    let docs = "Creative Commons Attribution-ShareAlike 4.0 International\n";
    let found = license(&[("LICENSE", MIT), ("LICENSE-docs", docs), ("m.py", CODE)]);
    assert_eq!(found.expression.as_deref(), Some("MIT"));
    for text in [
        "This project is licensed under the MIT License.\n",
        "Copyright (c) 2020 Jane Doe\n\nThis software is released under the terms of the MIT license.\n",
    ] {
        let found = license(&[("LICENSE", text), ("m.py", CODE)]);
        assert_eq!(found.expression.as_deref(), Some("MIT"), "{text}");
    }
    let most = "This project, for the most part, is licensed under the MIT License.\n";
    let found = license(&[("LICENSE", most), ("m.py", CODE)]);
    assert!(!found.permissive);
}

#[test]
fn headers_of_foundations_are_their_licences() {
    let header = "# Licensed to the Apache Software Foundation (ASF) under one\n\
        # or more contributor license agreements.  See the NOTICE file\n\
        # distributed with this work for additional information\n\
        # regarding copyright ownership.  The ASF licenses this file\n\
        # to you under the Apache License, Version 2.0 (the\n\
        # \"License\"); you may not use this file except in compliance\n\
        # with the License.  You may obtain a copy of the License at\n#\n\
        #   http://www.apache.org/licenses/LICENSE-2.0\n#\n\
        # Unless required by applicable law or agreed to in writing,\n\
        # software distributed under the License is distributed on an\n\
        # \"AS IS\" BASIS, WITHOUT WARRANTIES OR CONDITIONS OF ANY\n\
        # KIND, either express or implied.  See the License for the\n\
        # specific language governing permissions and limitations\n\
        # under the License.\n";
    let other = header
        .replace("the Apache Software Foundation (ASF)", "Elasticsearch B.V.")
        .replace("The ASF", "Elasticsearch B.V.");
    for header in [header, &other] {
        let found = license(&[("m.py", &with_code(header))]);
        assert_eq!(found.expression.as_deref(), Some("Apache-2.0"), "{header}");
    }
    let more = format!("{header}# Not for commercial use.\n");
    assert!(!license(&[("m.py", &with_code(&more))]).permissive);
}

#[test]
fn all_of_these_are_permissive() {
    for path in [
        "LICENSE/MIT.txt",
        "licenses/MIT.txt",
        "COPYING/MIT.txt",
        "MIT-LICENSE.txt",
        "docs/../COPYING",
    ] {
        let found = license(&[("docs/x.txt", ""), (path, MIT), ("m.py", CODE)]);
        assert_eq!(found.expression.as_deref(), Some("MIT"), "{path}");
        assert!(found.permissive, "{path}");
    }
    // Of Poetry, setuptools, and files that metadata names by names of their own.
    for (path, text) in [
        ("pyproject.toml", "[tool.poetry]\nlicense = \"MIT\"\n"),
        (
            "pyproject.toml",
            "[project]\nlicense = {file = \"TERMS\"}\n",
        ),
        (
            "pyproject.toml",
            "[project]\nlicense-files = [\"legal/*\"]\n",
        ),
        ("pyproject.toml", "[project]\nlicense-files = [\"TERMS\"]\n"),
        ("setup.cfg", "[metadata]\nlicense = MIT\n"),
        ("setup.cfg", "[metadata]\nlicense = file: TERMS\n"),
        (
            "setup.py",
            "from setuptools import setup\nsetup(license='MIT')\n",
        ),
        (
            "setup.py",
            "from setuptools import setup\nsetup(license=open('TERMS').read())\n",
        ),
    ] {
        let found = license(&[
            (path, text),
            ("TERMS", MIT),
            ("legal/t.md", MIT),
            ("m.py", CODE),
        ]);
        assert_eq!(found.expression.as_deref(), Some("MIT"), "{path}: {text}");
    }
}

#[test]
fn a_link_to_the_licence_is_followed_within_the_source() {
    let place = Place::new();
    place.write("lib/docs/TERMS", MIT);
    place.write("lib/m.py", CODE);
    place.write("outside", MIT);
    symlink("docs/TERMS", place.root.join("lib/LICENSE")).unwrap();
    let license = |place: &Place| place.read(DIR).files.remove(0).file.license;
    let found = license(&place);
    assert_eq!(found.expression.as_deref(), Some("MIT"));
    assert_eq!(found.evidence[0].path, "LICENSE");
    for target in ["../outside", "LICENSE", "docs/missing"] {
        fs::remove_file(place.root.join("lib/LICENSE")).unwrap();
        symlink(target, place.root.join("lib/LICENSE")).unwrap();
        let found = license(&place);
        assert!(!found.permissive, "{target}");
        assert_eq!(found.evidence[0].rule, LicenseRule::Unreadable, "{target}");
    }
    // As git writes a link where it cannot make one.
    fs::remove_file(place.root.join("lib/LICENSE")).unwrap();
    place.write("lib/LICENSE", "docs/TERMS");
    assert_eq!(license(&place).expression.as_deref(), Some("MIT"));
    // The same in a repository, whose links are blobs.
    let repository = Repository::create(&place.root.join("r"));
    repository.commit(
        "main",
        &[
            ("LICENSE.link", "docs/TERMS"),
            ("docs/TERMS", MIT),
            ("m.py", CODE),
        ],
    );
    let text = format!(
        "[[source]]\nkind = \"git\"\nurl = \"{}\"\n",
        repository.url()
    );
    let found = place.read(&text).files.remove(0).file.license;
    assert_eq!(found.expression.as_deref(), Some("MIT"));
}

#[test]
fn links_to_folders_are_followed_within_the_source() {
    let with_links = |links: &[(&str, &str)]| {
        let place = Place::new();
        place.write("lib/real/LICENSE", MIT);
        place.write("lib/legal/MIT.txt", MIT);
        place.write("lib/m.py", CODE);
        for (link, target) in links {
            symlink(target, place.root.join("lib").join(link)).unwrap();
        }
        let found = place.read(DIR).files.into_iter();
        let mut found = found.filter(|file| file.file.path == "m.py");
        found.next().unwrap().file.license
    };
    let found = with_links(&[("LICENSE", "d/LICENSE"), ("d", "real")]);
    assert_eq!(found.expression.as_deref(), Some("MIT"));
    for target in ["legal", "./legal/", "l"] {
        let found = with_links(&[("LICENSES", target), ("l", "legal")]);
        assert_eq!(found.expression.as_deref(), Some("MIT"), "{target}");
        assert_eq!(found.evidence[0].path, "LICENSES/MIT.txt", "{target}");
    }
    for links in [
        &[("LICENSE", "d/LICENSE"), ("d", "d/d")][..],
        &[("LICENSE", "d/LICENSE"), ("d", "../lib")],
        &[("LICENSES", "../lib/legal")],
        &[("LICENSES", "LICENSES")],
        &[("LICENSES", "gone")],
    ] {
        let found = with_links(links);
        assert!(!found.permissive, "{links:?}");
        assert_eq!(found.evidence[0].rule, LicenseRule::Unreadable, "{links:?}");
    }
}

#[test]
fn a_packages_variable_counts_for_its_modules() {
    let gpl = "__license__ = \"GPL-3.0-only\"\n";
    let found = license(&[
        ("LICENSE", MIT),
        ("pkg/__init__.py", gpl),
        ("pkg/m.py", CODE),
    ]);
    assert_eq!(found.expression.as_deref(), Some("GPL-3.0-only AND MIT"));
    assert!(!found.permissive);
}

#[test]
fn what_cannot_be_resolved_is_not_permissive() {
    let pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1000\n";
    for (path, text) in [
        ("pkg/LICENSE", pointer),
        ("pkg/LICENSE", "Ask the authors."),
        ("pkg/pyproject.toml", "[project]\nlicense = \"Custom\"\n"),
        (
            "pkg/pyproject.toml",
            "[project]\nlicense = {file = \"gone\"}\n",
        ),
        ("pkg/pyproject.toml", "[project\nlicense = \"MIT\"\n"),
        (
            "pkg/setup.py",
            "from setuptools import setup\nsetup(license=choose())\n",
        ),
        ("pkg/REUSE.toml", "version = \n"),
    ] {
        let found = license(&[("LICENSE", MIT), (path, text), ("pkg/m.py", CODE)]);
        assert!(!found.permissive, "{path}: {text}: {found:?}");
    }
    // What metadata says to be the licence counts wherever it is.
    for project in [
        "[project]\nlicense = {file = \"LIC/EULA.txt\"}\n",
        "[project]\nlicense = {file = \"LICENSES/EULA.txt\"}\n",
    ] {
        let found = license(&[
            ("LICENSE", MIT),
            ("LIC/EULA.txt", "You may not copy this."),
            ("LICENSES/EULA.txt", "You may not copy this."),
            ("pyproject.toml", project),
            ("m.py", CODE),
        ]);
        assert!(!found.permissive, "{project}: {found:?}");
    }
    let large = "x ".repeat(1 << 20);
    let found = license(&[
        ("LICENSE", MIT),
        ("pkg/LICENSE", &large),
        ("pkg/m.py", CODE),
    ]);
    assert_eq!(found.evidence[0].rule, LicenseRule::Unreadable);
}

#[test]
fn reuse_files_are_followed() {
    let toml = "version = 1\n\n[[annotations]]\npath = \"m.py\"\nSPDX-License-Identifier = \"GPL-3.0-only\"\n";
    let found = license(&[("LICENSE", MIT), ("REUSE.toml", toml), ("m.py", CODE)]);
    assert_eq!(found.expression.as_deref(), Some("GPL-3.0-only"));
    assert_eq!(found.evidence[0].line, Some(Line(3)));
    let side = "SPDX-FileCopyrightText: A\nSPDX-License-Identifier: GPL-3.0-only\n";
    let found = license(&[("LICENSE", MIT), ("m.py.license", side), ("m.py", CODE)]);
    assert_eq!(found.expression.as_deref(), Some("GPL-3.0-only"));
    assert_eq!(found.evidence[0].rule, LicenseRule::ReuseSidecar);
    let dep5 = "Format: x\n\nFiles: *\nCopyright: A\nLicense: GPL-3.0-only\n";
    let found = license(&[("LICENSE", MIT), (".reuse/dep5", dep5), ("m.py", CODE)]);
    assert_eq!(found.expression.as_deref(), Some("GPL-3.0-only"));
}
