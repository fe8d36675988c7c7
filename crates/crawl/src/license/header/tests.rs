//! Tests of what a header says of its file.

use super::*;

const MIT: &str = include_str!("../../../../../LICENSE-MIT");

fn said(text: &str) -> Vec<(Stated, usize, bool)> {
    let said = statements(text.as_bytes()).into_iter();
    said.map(|said| (said.stated, said.line, said.whole))
        .collect()
}

fn license(id: &str) -> Stated {
    Stated::License(id.to_owned())
}

#[test]
fn spdx_lines_in_every_place_and_case() {
    let late = format!(
        "{}# SPDX-License-Identifier: GPL-3.0-only\n",
        "# Copyright 2000 A\n".repeat(25)
    );
    assert_eq!(said(&late), [(license("GPL-3.0-only"), 25, true)]);
    for line in [
        "# spdx-license-identifier: GPL-3.0-only\n",
        "# Copyright 2020 A  SPDX-License-Identifier: GPL-3.0-only\n",
        "#!/x\n\"\"\"Doc.\n\nSPDX-License-Identifier: gpl-3.0-only\n\"\"\"\n",
        "x = 1\n\n\ny = 2  # SPDX-License-Identifier : GPL-3.0-only\n",
        "def f():\n    # SPDX-LICENSE-IDENTIFIER: GPL-3.0-only */\n    pass\n",
    ] {
        assert_eq!(said(line)[0].0, license("GPL-3.0-only"), "{line}");
    }
    assert_eq!(
        said("# SPDX-License-Identifier: My own terms\n")[0].0,
        Stated::Unclear
    );
    assert_eq!(
        said("marker = 'SPDX-License-Identifier: GPL-3.0-only'\n"),
        []
    );
    assert_eq!(
        said("# SPDX-License-Identifier: GPL-2.0-only OR MIT\n"),
        [(license("GPL-2.0-only OR MIT"), 0, true)]
    );
    let ignored = "# REUSE-IgnoreStart\n# SPDX-License-Identifier: MIT\n# REUSE-IgnoreEnd\n";
    assert_eq!(said(ignored), []);
    let snippet = "# SPDX-SnippetBegin\n# SPDX-License-Identifier: MIT\n# SPDX-SnippetEnd\n";
    assert_eq!(said(snippet), [(license("MIT"), 1, false)]);
}

#[test]
fn gnu_notices() {
    let notice = "# Copyright 2020 A\n#\n# This program is free software: you can redistribute it and/or modify\n\
         # it under the terms of the GNU General Public License as published by\n\
         # the Free Software Foundation, either version 3 of the License, or\n\
         # (at your option) any later version.\n";
    assert_eq!(said(notice), [(license("GPL-3.0-or-later"), 3, true)]);
    let lesser =
        "# under the terms of the GNU Lesser General Public License\n# version 2.1 as published\n";
    assert_eq!(said(lesser), [(license("LGPL-2.1-only"), 0, true)]);
    assert_eq!(
        said("# Licensed under the GPL.\n"),
        [(Stated::Family(Family::Gnu), 0, true)]
    );
    // In the middle of a file it is about a part of it, and what the folder says holds as well.
    let part = format!("x = 1\n{notice}");
    assert!(!said(&part)[0].2);
}

#[test]
fn reserved_rights() {
    for text in [
        "# Copyright (C) Example Corp. All rights reserved.\n# Proprietary and confidential. Unauthorized copying of this file is prohibited.\n",
        "# Confidential. Copyright 2020 A\n",
        "\"\"\"Copyright 2020 A.\nThis code may not be reproduced.\n\"\"\"\n",
        "# For academic use.\n# Copyright A\n",
        "# Copyright A. Unauthorized\n# copying is bad\n",
    ] {
        let found = statements(text.as_bytes());
        assert!(
            found
                .iter()
                .any(|said| said.rule == LicenseRule::RightsReserved),
            "{text}"
        );
    }
    assert_eq!(said("# Copyright 2020 A. All rights reserved.\n"), []);
    assert_eq!(
        said("def f():\n    '''A confidential interval; not permitted.'''\n"),
        []
    );
}

#[test]
fn texts_and_names_of_licences() {
    let comment: String = MIT.lines().map(|line| format!("# {line}\n")).collect();
    assert_eq!(
        said(&format!("\"\"\"Tools.\"\"\"\n{comment}"))[0].0,
        license("MIT")
    );
    let changed = format!("{comment}#\n# Commercial use is not permitted.\n");
    assert!(matches!(said(&changed)[0].0, Stated::Modified(_)));
    for (text, expected) in [
        (
            "# This file is licensed under the MIT License.\n",
            license("MIT"),
        ),
        (
            "# Licensed under the Apache License, Version 2.0 (the \"License\");\n# you may not use this file except\n",
            license("Apache-2.0"),
        ),
        ("# License: BSD 3 clause\n", license("BSD-3-Clause")),
        (
            "# governed by a BSD-style\n# license that can be found in the LICENSE file.\n",
            Stated::Family(Family::Bsd),
        ),
        (
            "# Licensed to PSF under a Contributor Agreement.\n",
            license("PSF-2.0"),
        ),
        ("__license__ = 'GPLv3'\n", license("GPL-3.0-only")),
        (
            "\"\"\"\n:license: BSD, see LICENSE for more details.\n\"\"\"\n",
            Stated::Family(Family::Bsd),
        ),
        (
            "# Licensed under the Frobnicator license.\n",
            Stated::Unclear,
        ),
        (
            "# Licensed under the MIT license, except that companies must pay.\n",
            Stated::Unclear,
        ),
        (
            "# License: MIT\n# No warranty, and do not ask\n",
            license("MIT"),
        ),
    ] {
        assert_eq!(
            said(text).first().map(|said| said.0.clone()),
            Some(expected),
            "{text}"
        );
    }
    for text in [
        "# Values distributed under the null hypothesis.\n",
        "# See the LICENSE file. Licensed under the terms of the license in LICENSE.\n",
        "# Copyright 2020 A. Subject to the terms of this license.\n",
    ] {
        assert_eq!(said(text), [], "{text}");
    }
}

#[test]
fn what_is_about_where_code_came_from_is_about_a_part() {
    let text = "# Based on code by A, licensed under the MIT license.\n";
    assert_eq!(said(text), [(license("MIT"), 0, false)]);
}
