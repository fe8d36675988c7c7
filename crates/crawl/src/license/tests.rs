//! Tests of the licence found for the files of a source.

use super::*;

pub(super) const MIT: &[u8] = include_bytes!("../../../../LICENSE-MIT");
const APACHE: &[u8] = include_bytes!("../../../../LICENSE-APACHE");
pub(super) const CODE: &[u8] = b"x = 1\n";

/// The licences of a source with these files.
pub(super) fn licenses(files: &[(&str, &[u8])]) -> Licenses {
    let mut licenses = Licenses::default();
    let file = |(path, content): &(&str, &[u8])| LicenseFile {
        path: (*path).to_owned(),
        role: role(path).unwrap(),
        named_by: None,
        content: Ok(content.to_vec()),
    };
    let files: Vec<_> = files.iter().map(file).collect();
    licenses.add_files(&files, &mut Detector::default());
    licenses
}

pub(super) fn expression(licenses: &Licenses, path: &str) -> String {
    licenses.of(path, CODE).expression.unwrap_or_default()
}

#[test]
fn the_nearest_folder_decides() {
    let licenses = licenses(&[("LICENSE.md", MIT), ("vendor/COPYING", APACHE)]);
    let found = licenses.of("a/b.py", CODE);
    assert_eq!(found.expression.as_deref(), Some("MIT"));
    assert!(found.permissive);
    assert_eq!(found.evidence[0].path, "LICENSE.md");
    assert_eq!(found.evidence[0].rule, LicenseRule::LicenseText);
    assert_eq!(found.evidence[0].line, Some(Line(1)));
    assert_eq!(expression(&licenses, "vendor/x/b.py"), "Apache-2.0");
}

#[test]
fn an_unknown_licence_hides_the_one_above() {
    let own = b"Copyright Example Inc. No part of this may be copied by anybody.";
    let found = licenses(&[("LICENSE", MIT), ("vendor/LICENSE", own)]).of("vendor/a.py", CODE);
    assert_eq!(found.expression.as_deref(), Some(UNRECOGNIZED));
    assert!(!found.permissive);
    let beside = licenses(&[("LICENSE", MIT), ("LICENSE-EXTRA", own)]);
    assert!(!beside.of("a.py", CODE).permissive);
}

#[test]
fn a_sentence_more_makes_it_a_modified_licence_and_is_shown() {
    let text = [MIT, b"\nCommercial use is not permitted.\n"].concat();
    let found = licenses(&[("LICENSE", &text)]).of("a.py", CODE);
    assert_eq!(found.expression.as_deref(), Some(MODIFIED));
    assert!(!found.permissive);
    let evidence = &found.evidence[0];
    assert_eq!(evidence.rule, LicenseRule::TextBeyondLicense);
    assert_eq!(
        evidence.detail.as_deref(),
        Some("MIT, and: commercial use is not permitted")
    );
    assert_eq!(evidence.line, Some(Line(23)));
}

#[test]
fn a_text_that_points_to_the_licence_is_none() {
    let pointer = b"This project is under the MIT License. See the LICENSE file.";
    let found = licenses(&[("LICENSE", MIT), ("docs/license.rst", pointer)]);
    assert_eq!(expression(&found, "docs/conf.py"), "MIT");
    let condition = b"See the LICENSE file. Commercial use is not permitted.";
    let found = licenses(&[("LICENSE", MIT), ("docs/license.rst", condition)]);
    assert!(!found.of("docs/conf.py", CODE).permissive);
}

#[test]
fn a_files_own_statement_wins() {
    let licenses = licenses(&[("LICENSE-MIT", MIT), ("LICENSE-APACHE", APACHE)]);
    let found = licenses.of("a.py", b"#!x\n# SPDX-License-Identifier: GPL-3.0-only\n");
    assert_eq!(found.expression.as_deref(), Some("GPL-3.0-only"));
    assert!(!found.permissive);
    assert_eq!(found.evidence[0].line, Some(Line(2)));
    assert_eq!(found.evidence[0].rule, LicenseRule::SpdxLine);
    let found = licenses.of("a.py", b"# SPDX-License-Identifier: My own terms\n");
    assert_eq!(found.expression.as_deref(), Some(UNRECOGNIZED));
    let found = licenses.of("a.py", b"# Proprietary and confidential.\n");
    assert_eq!(found.expression.as_deref(), Some(RESERVED));
    let code = b"marker = 'SPDX-License-Identifier: GPL-3.0-only'\n";
    let found = licenses.of("a.py", code);
    assert_eq!(found.expression.as_deref(), Some("MIT OR Apache-2.0"));
}

#[test]
fn a_notice_in_the_middle_adds_to_the_folders_licence() {
    let found = licenses(&[("LICENSE", APACHE)]);
    let content = b"x = 1\n# This part is licensed under the MIT license.\ny = 1\n";
    let found = found.of("a.py", content);
    assert_eq!(found.expression.as_deref(), Some("Apache-2.0 AND MIT"));
}

#[test]
fn a_name_for_several_licences_agrees_with_one_of_them() {
    let bsd = b"# Use is governed by a BSD-style license that can be found in the LICENSE file.\n";
    let found = licenses(&[("LICENSE", b"BSD-3-Clause")]).of("a.py", bsd);
    assert_eq!(found.expression.as_deref(), Some("BSD-3-Clause"));
    assert_eq!(found.evidence[0].rule, LicenseRule::Notice);
    let found = licenses(&[("LICENSE", MIT)]).of("a.py", bsd);
    assert!(!found.permissive);
}

#[test]
fn two_named_files_are_a_choice_and_others_hold_together() {
    let choice = licenses(&[("LICENSE-MIT", MIT), ("LICENSE-APACHE", APACHE)]);
    assert_eq!(expression(&choice, "a.py"), "MIT OR Apache-2.0");
    let both = licenses(&[("COPYING", APACHE), ("LICENSE", MIT)]);
    assert_eq!(expression(&both, "a.py"), "Apache-2.0 AND MIT");
}

#[test]
fn a_file_that_offers_a_choice_says_how_the_texts_go_together() {
    let choice =
        b"Licensed under either of Apache License, Version 2.0 or MIT license at your option.";
    let found = licenses(&[
        ("LICENSE", choice),
        ("LICENSE-MIT", MIT),
        ("LICENSE-APACHE", APACHE),
    ]);
    assert_eq!(expression(&found, "a.py"), "MIT OR Apache-2.0");
    let tagged = licenses(&[(
        "LICENSE",
        b"Copyright 2020 Foo\nSPDX-License-Identifier: MIT\n",
    )]);
    assert_eq!(expression(&tagged, "a.py"), "MIT");
}

#[test]
fn a_licence_file_that_is_named_and_not_there_is_unknown() {
    let header = b"# Licensed under the license found in the LICENSE-NC file.\n";
    let without = licenses(&[("LICENSE", MIT)]).of("a.py", header);
    assert_eq!(without.expression.as_deref(), Some(UNRECOGNIZED));
    let with = licenses(&[("LICENSE", MIT), ("LICENSE-NC.txt", MIT)]).of("a.py", header);
    assert_eq!(with.expression.as_deref(), Some("MIT"));
}

#[test]
fn a_collection_counts_where_nothing_else_is() {
    let all = licenses(&[("LICENSES/MIT.txt", MIT), ("LICENSES/0BSD.txt", b"short")]);
    assert_eq!(expression(&all, "a/b.py"), "0BSD AND MIT");
    let own = licenses(&[("LICENSE", MIT), ("LICENSES/Apache-2.0.txt", APACHE)]);
    assert_eq!(expression(&own, "a/b.py"), "MIT");
    let other = b"You must not use this for anything.";
    let false_name = licenses(&[("LICENSES/MIT.txt", other)]);
    assert_eq!(expression(&false_name, "a.py"), UNRECOGNIZED);
}

#[test]
fn metadata_counts_in_its_folder_and_must_agree_with_the_texts() {
    let gpl = b"[project]\nlicense = \"GPL-3.0-only\"\n";
    let sub = licenses(&[("LICENSE", APACHE), ("pkg/pyproject.toml", gpl)]);
    let found = sub.of("pkg/m.py", CODE);
    assert_eq!(found.expression.as_deref(), Some("GPL-3.0-only"));
    assert_eq!(found.evidence[0].line, Some(Line(2)));
    assert_eq!(found.evidence[0].rule, LicenseRule::LicenseField);
    assert_eq!(expression(&sub, "m.py"), "Apache-2.0");
    let beside = licenses(&[("LICENSE", MIT), ("pyproject.toml", gpl)]);
    assert_eq!(expression(&beside, "m.py"), "GPL-3.0-only AND MIT");
    let choice = b"[project]\nlicense = \"Apache-2.0 OR MIT\"\n";
    let both = licenses(&[
        ("COPYING", APACHE),
        ("LICENSE", MIT),
        ("pyproject.toml", choice),
    ]);
    assert_eq!(expression(&both, "m.py"), "Apache-2.0 OR MIT");
    let unclear = b"[project]\nlicense = \"Custom\"\n";
    let found = licenses(&[
        ("LICENSE", MIT),
        ("setup.cfg", b""),
        ("pyproject.toml", unclear),
    ]);
    assert!(!found.of("m.py", CODE).permissive);
    let silent = licenses(&[
        ("LICENSE", MIT),
        ("pkg/pyproject.toml", b"[project]\nname = \"x\"\n"),
    ]);
    assert_eq!(expression(&silent, "pkg/m.py"), "MIT");
    let family = b"[metadata]\nlicense = BSD\n";
    assert_eq!(
        expression(&licenses(&[("setup.cfg", family)]), "m.py"),
        UNRECOGNIZED
    );
}

#[test]
fn reuse_is_followed() {
    let toml = b"version = 1\n[[annotations]]\npath = \"gen/**\"\nSPDX-License-Identifier = \"GPL-3.0-only\"\n\
        [[annotations]]\npath = \"old/**\"\nprecedence = \"override\"\nSPDX-License-Identifier = \"GPL-2.0-only\"\n";
    let found = licenses(&[
        ("LICENSE", MIT),
        ("REUSE.toml", toml),
        (
            "a.py.license",
            b"SPDX-FileCopyrightText: A\n\nSPDX-License-Identifier: ISC\n",
        ),
    ]);
    assert_eq!(expression(&found, "a.py"), "ISC");
    assert_eq!(found.of("a.py", CODE).evidence[0].line, Some(Line(3)));
    assert_eq!(expression(&found, "gen/a.py"), "GPL-3.0-only");
    let own = b"# SPDX-License-Identifier: MIT\n";
    assert_eq!(found.of("gen/a.py", own).expression.as_deref(), Some("MIT"));
    assert_eq!(
        found.of("old/a.py", own).expression.as_deref(),
        Some("GPL-2.0-only")
    );
    assert_eq!(expression(&found, "b.py"), "MIT");
    let dep5 = b"Format: x\n\nFiles: *\nCopyright: A\nLicense: GPL-3.0-only\n";
    let found = licenses(&[("LICENSE", MIT), (".reuse/dep5", dep5)]);
    assert_eq!(expression(&found, "a/b.py"), "GPL-3.0-only");
    assert_eq!(
        found.of("b.py", own).expression.as_deref(),
        Some("GPL-3.0-only AND MIT")
    );
    let broken = licenses(&[("LICENSE", MIT), ("REUSE.toml", b"[")]);
    assert!(!broken.of("a.py", CODE).permissive);
}

#[test]
fn what_cannot_be_read_is_not_permissive() {
    let mut licenses = Licenses::default();
    let files = [LicenseFile {
        path: "sub/LICENSE".to_owned(),
        role: Role::Text,
        named_by: None,
        content: Err("it is gone".to_owned()),
    }];
    licenses.add_files(&files, &mut Detector::default());
    let found = licenses.of("sub/a.py", CODE);
    assert_eq!(found.expression.as_deref(), Some(UNRECOGNIZED));
    assert_eq!(found.evidence[0].detail.as_deref(), Some("it is gone"));
    assert_eq!(licenses.of("a.py", CODE), License::default());
}

#[test]
fn the_nearest_licence_file_counts_though_it_says_little() {
    let gpl = "<html><p>GNU GENERAL PUBLIC LICENSE Version 3</p></html>";
    for (path, text) in [
        (
            "pkg/LICENSE",
            "Copyright (c) 2020 ACME. All rights reserved.",
        ),
        ("pkg/LICENSE", "All rights reserved."),
        ("pkg/COPYRIGHT", "Copyright 2020 ACME\nAll rights reserved."),
        ("pkg/LICENSE", "Copyright (c) 2020 ACME"),
        ("pkg/LICENSE", "See LICENSE of acme-core"),
        ("pkg/LICENSE", "See ../../other/LICENSE"),
        ("pkg/LICENSE", "See https://example.org/other/LICENSE"),
        ("pkg/LICENSE.html", gpl),
        ("pkg/COPYING.html", gpl),
    ] {
        let found = licenses(&[("LICENSE", MIT), (path, text.as_bytes())]);
        assert!(!found.of("pkg/m.py", CODE).permissive, "{path}: {text}");
        assert_eq!(expression(&found, "m.py"), "MIT", "{path}: {text}");
    }
    for (path, text) in [
        ("pkg/LICENSE", "See the LICENSE file."),
        ("pkg/LICENSE", "See ../LICENSE"),
        ("pkg/LICENSE", "See /LICENSE of this project."),
        ("pkg/LICENSE", "See the LICENSE file of the project"),
        ("pkg/LICENSE", ""),
        ("pkg/COPYRIGHT", "Copyright 2020 ACME"),
        ("COPYRIGHT", "Copyright 2020 ACME. All rights reserved."),
    ] {
        let found = licenses(&[("LICENSE", MIT), (path, text.as_bytes())]);
        assert_eq!(expression(&found, "pkg/m.py"), "MIT", "{path}: {text}");
    }
}

#[test]
fn texts_in_utf_16_and_in_pages_are_read() {
    let text = String::from_utf8_lossy(MIT);
    let mut utf_16 = vec![0xff, 0xfe];
    utf_16.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
    assert_eq!(
        expression(&licenses(&[("LICENSE", &utf_16)]), "m.py"),
        "MIT"
    );
    let page = format!("<html><body><pre>{text}</pre></body></html>");
    let found = licenses(&[("LICENSE.html", page.as_bytes())]);
    assert_eq!(expression(&found, "m.py"), "MIT");
}

#[test]
fn nothing_found_is_not_permissive() {
    let found = Licenses::default().of("a.py", CODE);
    assert_eq!(found, License::default());
    let mut stated = Licenses::default();
    stated.add_outside("ISC", LicenseRule::CorpusSetting, "corpus");
    stated.add_outside("MIT", LicenseRule::CorpusSetting, "corpus");
    assert_eq!(expression(&stated, "a.py"), "ISC");
}

#[test]
fn a_bundled_modules_own_licence_is_about_it_alone() {
    let gpl = b"License: GPL-2.0-only\n";
    let licenses = licenses(&[
        ("LICENSE", MIT),
        ("a/_vendor/six.LICENSE", APACHE),
        ("a/_vendor/y-1.0.dist-info/METADATA", gpl),
    ]);
    for path in ["a/_vendor/six.py", "a/_vendor/six/x.py"] {
        assert_eq!(expression(&licenses, path), "Apache-2.0", "{path}");
    }
    assert_eq!(expression(&licenses, "a/_vendor/y/z.py"), "GPL-2.0-only");
    assert_eq!(expression(&licenses, "a/_vendor/y.py"), "GPL-2.0-only");
    assert_eq!(expression(&licenses, "a/_vendor/other.py"), "MIT");
}

#[test]
fn a_notice_grants_nothing_and_may_ask_for_something() {
    let plain = licenses(&[("LICENSE", MIT), ("NOTICE", b"Foo\nCopyright 2020 A\n")]);
    assert_eq!(expression(&plain, "m.py"), "MIT");
    let asks = licenses(&[
        ("LICENSE", MIT),
        ("NOTICE", b"For non-commercial purposes only.\n"),
    ]);
    assert!(!asks.of("m.py", CODE).permissive);
    let part = licenses(&[
        ("LICENSE", MIT),
        (
            "NOTICE",
            b"Portions of this software are under the GPL version 2.\n",
        ),
    ]);
    assert_eq!(expression(&part, "m.py"), "GPL-2.0-only AND MIT");
}

#[test]
fn a_later_comment_says_what_code_is_under() {
    let licenses = licenses(&[("LICENSE", MIT)]);
    let late = b"x = 1\n\n# The following is under the GPL v3.\ny = 2\n";
    assert_eq!(
        licenses.of("m.py", late).expression.as_deref(),
        Some("GPL-3.0-only AND MIT")
    );
    let late = b"x = 1\n\n# A GPL pump moves 3 litres.\ny = 2\n";
    assert_eq!(licenses.of("m.py", late).expression.as_deref(), Some("MIT"));
}

#[test]
fn what_parts_are_under_is_said_behind_a_text() {
    for words in [
        "The contents of vendor/ are under the GPL.",
        "Files in data/ are CC BY-NC 4.0.",
        "See vendor/COPYING for the licence of vendor/.",
        "This does not apply to the logo.",
        "Dual licensed; buy a licence from us for your company.",
    ] {
        let text = [MIT, b"\n\n", words.as_bytes(), b"\n"].concat();
        let licenses = licenses(&[("LICENSE", &text)]);
        assert_eq!(expression(&licenses, "m.py"), MODIFIED, "{words}");
    }
}

#[test]
fn headers_that_name_agreements_addresses_and_other_languages() {
    let licenses = licenses(&[("LICENSE", MIT)]);
    for header in [
        "__license__: str = 'CC BY-NC 4.0'\n",
        "# http://creativecommons.org/licenses/by-nc-sa/3.0/\n",
        "# Copyright A. See https://www.gnu.org/licenses/gpl-3.0.html\n",
        "# This software may be used and distributed according to the terms of the Llama 2 Community License Agreement.\n",
        "# This software is licensed by A under the A Developer Agreement.\n",
        "# Use of this source code is governed by the EULA found in EULA.txt\n",
        "# The Software shall be used for Good, not Evil.\n",
        "# Evaluation copy. Not for production use.\n",
        "# Die kommerzielle Nutzung ist untersagt.\n",
        "# FOO PROPRIETARY/CONFIDENTIAL. Use is subject to license terms.\n",
        "# Contains trade secrets of Foo Inc.\n",
        "# RESTRICTED RIGHTS LEGEND: use by the Government is subject to restrictions.\n",
        "# For private use only.\n",
        "# Company internal. Not for redistribution.\n",
        "# Provided under NDA.\n",
        "# Open Software License 3.0\n",
        "# Lizenz: EUPL 1.2\n",
        "# Functional Source License, Version 1.1, ALv2 Future License\n",
        "# OpenRAIL-M\n",
        "\"\"\"Tools.\n\nEPL 2.0\n\"\"\"\n",
        "\"\"\"Tools under the Frobnicator License.\"\"\"\n",
        "\"\"\"Foo Inc. Confidential tools.\"\"\"\n",
        "\"\"\"Copyright A. Frobnicator License.\"\"\"\n",
        "# license: see corporate policy 14\n",
        "# see http://www.gnu.org/licenses/\n",
        "# Distribué sous licence publique générale GNU\n",
        "# 未经授权禁止商用\n",
        "# 無断転載を禁じます\n",
        "# Все права защищены. Копирование запрещено.\n",
        "# 무단 복제 금지\n",
    ] {
        let found = licenses.of("m.py", header.as_bytes());
        assert!(!found.permissive, "{header} {found:?}");
    }
    for header in [
        "# Licensed to PSF under a Contributor Agreement.\n",
        "# https://creativecommons.org/publicdomain/zero/1.0/\n",
        "# See https://opensource.org/licenses/MIT\n",
        "# This software may be used and distributed according to the terms of the MIT License.\n",
        "# evaluation of polynomials\n",
        "# license: see LICENSE\n",
        "# license: MIT, see top of repository\n",
        "# Lizenz: MIT\n",
        "# Python Software Foundation License Version 2\n",
        "# Works with PHP 3.0 and pandas\n",
        "\"\"\"Confidential computing.\"\"\"\n",
        "\"\"\"Proprietary formats.\"\"\"\n",
        "\"\"\"Read the Driver License.\"\"\"\n",
        "\"\"\"Compare EPL 2.0 and Python 3.10.\"\"\"\n",
        "def f():\n    \"\"\"Number from the Driver License.\"\"\"\n",
        "# Trial version of the algorithm\n",
    ] {
        let found = licenses.of("m.py", header.as_bytes());
        assert!(found.permissive, "{header} {found:?}");
    }
}

#[test]
fn headers_that_share_reserve_or_only_name() {
    let licenses = licenses(&[("LICENSE", MIT)]);
    for header in [
        "# Licensed under the same terms as Perl itself.",
        "# This program is free software; you can redistribute it and/or modify it under the same terms as Perl itself.",
        "# Distributed under the same terms as the Linux kernel.",
        "# .. same terms as the Linux kernel.",
        "# Licensed under the same license as ffmpeg.",
        "# Licensed under the terms of the license of Blender.",
        "# This code may not be used to train AI models.",
        "# You may not use this file to train neural networks.",
        "# Do not use this file for machine learning.",
        "# AI training is forbidden.",
        "# AI training is not allowed.",
        "# TDM reservation: text and data mining is reserved.",
        "# Licensed Materials - Property of IBM",
        "# This is licensed material of IBM.",
        "# Only for employees of ACME.",
        "# For internal ACME use.",
        "# For use by ACME customers.",
        "# For evaluation purposes.",
        "# Academic license",
        "# Shareware",
        "# Copyright ACME. Used with permission.",
        "# Reproduced with kind permission of O'Reilly.",
        "# 内部使用，请勿外传",
        "# CDDL",
        "# Ms-RL",
        "# MS-LPL",
        "# Sleepycat",
        "# QPL",
        "# RPL",
        "# NPOSL",
        "# CPAL",
        "# ODbL",
        "# GFDL",
        "# Anti 996 License",
        "# This is GPLed software.",
        "# GPL'd code from Foo",
    ] {
        for text in [
            format!("{header}\nx = 1\n"),
            format!("{header}\n# Tools for x\nx = 1\n"),
        ] {
            let found = licenses.of("m.py", text.as_bytes());
            assert!(!found.permissive, "{text} {found:?}");
        }
    }
    for header in [
        "# Licensed under the same terms as Python itself.",
        "# Licensed under the terms of the license of this project.",
        "# Trains a neural network for machine learning.",
        "# For internal use.",
        "# Property of being prime",
        "# Redistribution and use with the license of the file LICENSE",
        "\"\"\"The same terms as those of the series.\"\"\"",
        "\"\"\"For internal SymPy use.\"\"\"",
        "# RPL is a routing protocol",
    ] {
        let found = licenses.of("m.py", format!("{header}\nx = 1\n").as_bytes());
        assert!(found.permissive, "{header} {found:?}");
    }
}

#[test]
fn conditions_beside_a_known_text_in_other_languages() {
    for words in [
        "Die kommerzielle Nutzung ist untersagt.",
        "Usage commercial interdit.",
        "禁止商业用途",
        "A visible link to example.org is shown.",
    ] {
        let text = [words.as_bytes(), b"\n\n", MIT].concat();
        let licenses = licenses(&[("LICENSE", &text)]);
        assert_eq!(expression(&licenses, "m.py"), MODIFIED, "{words}");
    }
}

#[test]
fn a_packages_variable_speaks_for_its_folder() {
    let said = |text: &str| {
        let files = [("LICENSE", MIT), ("pkg/__init__.py", text.as_bytes())];
        licenses(&files)
    };
    let gpl = said("__license__ = \"GPL-3.0-only\"\n");
    for path in ["pkg/m.py", "pkg/sub/m.py"] {
        assert_eq!(expression(&gpl, path), "GPL-3.0-only AND MIT", "{path}");
    }
    assert_eq!(expression(&gpl, "m.py"), "MIT");
    assert_eq!(expression(&gpl, "pkg2/m.py"), "MIT");
    assert_eq!(
        gpl.of("pkg/m.py", CODE).evidence[1].rule,
        LicenseRule::LicenseVariable
    );
    for text in [
        "__license__ = 'MIT'\n",
        "__license__: str = 'The MIT License'\n",
        "__license__ = 'see LICENSE'\n",
        "__license__ = 'https://opensource.org/licenses/MIT'\n",
        "__license__ = ('M' 'IT')\n",
        "__license__ = 'M' \\\n    'IT'; x = 1\n",
        "__license__ = ('MIT',)  # one\n'text'\n",
        "x = 1\n",
    ] {
        assert_eq!(expression(&said(text), "pkg/m.py"), "MIT", "{text}");
    }
    for text in [
        "__license__ = ('GPL' '-3.0-only')\n",
        "__license__ = (\n    'GPL'  # v3\n    '-3.0-only'\n)\n",
        "__license__ = 'GPL' + \"-3.0-only\"\n",
        "__license__ = ('GPL-3.0-only',)\n",
    ] {
        let found = expression(&said(text), "pkg/m.py");
        assert_eq!(found, "GPL-3.0-only AND MIT", "{text}");
    }
    for text in [
        "__license__ = 'MIT' if x else 'GPL-3.0-only'\n",
        "__license__ = ('MIT', 'GPL-3.0-only')\n",
        "__license__ = 'https://example.org/licenses/MIT'\n",
    ] {
        assert!(!said(text).of("pkg/m.py", CODE).permissive, "{text}");
    }
    let unclear = said("__license__ = 'Custom'\n");
    assert!(!unclear.of("pkg/m.py", CODE).permissive);
}

#[test]
fn a_packages_variable_and_other_statements() {
    // A nearer statement hides the package's.
    let gpl: &[u8] = b"__license__ = 'GPL-3.0-only'\n";
    let vendored = licenses(&[
        ("LICENSE", MIT),
        ("pkg/__init__.py", gpl),
        ("pkg/vendor/LICENSE", APACHE),
    ]);
    assert_eq!(expression(&vendored, "pkg/vendor/m.py"), "Apache-2.0");
    // A permissive one does not hide what the root says.
    let mit: &[u8] = b"__license__ = 'MIT'\n";
    let both = licenses(&[
        ("pyproject.toml", b"[project]\nlicense = \"GPL-3.0-only\"\n"),
        ("pkg/__init__.py", mit),
    ]);
    assert!(!both.of("pkg/m.py", CODE).permissive);
}
