//! Tests of the sentences that set a condition.

use super::super::reserved::tokens;
use super::*;

#[test]
fn conditions_and_their_lines() {
    for (text, line) in [
        (
            "You must obtain written permission\nfrom the author before using this code.",
            0,
        ),
        ("You need a licence from Example to use this file.", 0),
        ("Ask permission before use.", 0),
        ("Tools.\n\nCommercial users must buy a license.", 2),
        ("Commercial license required for companies.", 0),
        ("A subscription is required.", 0),
        ("Commercial use: contact sales.", 0),
        ("Companies pay a fee.", 0),
        (
            "Source available; production use requires a subscription.",
            0,
        ),
        ("This file is NOT open source.", 0),
        (
            "This file is not covered by the MIT license of the project.",
            0,
        ),
        ("This file is excluded from the MIT license.", 0),
        ("Use subject to license agreement.", 0),
        ("Property of Example Corp.", 0),
        ("Reproduction prohibited.", 0),
        ("Redistribution in source form is not allowed.", 0),
        ("Do not copy.", 0),
        ("Do not share outside the company", 0),
        ("Do not redistribute this file.", 0),
        ("For non-profit use.", 0),
        ("FOO PROPRIETARY/CONFIDENTIAL.", 0),
        ("Use is subject to license terms.", 0),
        ("Foo Inc. Confidential", 0),
        ("For private use only.", 0),
        ("To be used only for academic or research purposes.", 0),
        ("Company internal.", 0),
        ("Tools.\nNot for redistribution.", 1),
        ("Provided under NDA.", 0),
        ("RESTRICTED RIGHTS LEGEND", 0),
        ("Licensed for internal use at Foo.", 0),
        ("Free for personal use.", 0),
        ("For students of the course only.", 0),
        ("Redistribution requires approval.", 0),
        ("Do not use without approval from Foo.", 0),
        ("You may not copy this.", 0),
        ("Courtesy of Foo; no redistribution.", 0),
        ("Trial version", 0),
        ("This is a trial version of Foo.", 0),
        ("Trial version of this software.", 0),
    ] {
        assert_eq!(conditional(&tokens(text), false), Some(line), "{text}");
    }
}

#[test]
fn sentences_that_ask_for_nothing() {
    for text in [
        "Licensed under the Apache License, Version 2.0 (the \"License\");\nyou may not use this file except in \
         compliance with the License.\nYou may obtain a copy of the License at\n\n\
         http://www.apache.org/licenses/LICENSE-2.0\n\nUnless required by applicable law or agreed to in writing, \
         software\ndistributed under the License is distributed on an \"AS IS\" BASIS,\nWITHOUT WARRANTIES OR \
         CONDITIONS OF ANY KIND, either express or implied.\nSee the License for the specific language governing \
         permissions and\nlimitations under the License.",
        "Copyright (c) 2020 Joe. All rights reserved.",
        "Use of this source code is governed by a BSD-style license that can be found in the LICENSE file.",
        "Do not copy the list here: it is shared.",
        "Deprecated. Do not use.",
        "The property of being prime is tested.",
        "Confidence intervals for the commercial sector.",
        "Requires permission bits of the file.",
        "This module needs a license header check.",
        "Distributed under the same license as the project.",
        "Works with or without a subscription to the list.",
        "Inefficient, and used only for educational purposes.",
        "This module is private and only intended for internal use by the package.",
        "For loops only.",
        "Trial version of the algorithm",
        "Run the trial version first.",
        "Private helpers; use only the functions of the package.",
        "Not for loops, but for the confidential intervals of a sample of proprietary data.",
        "Production rules of the grammar; the company name is not required.",
    ] {
        assert_eq!(conditional(&tokens(text), false), None, "{text}");
    }
}

#[test]
fn long_rows_of_words_are_read_in_linear_time() {
    for word in ["home ", "need permission ", "ask for ", "use not "] {
        assert_eq!(
            conditional(&tokens(&word.repeat(40_000)), false),
            None,
            "{word}"
        );
    }
}
