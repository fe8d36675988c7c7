//! Processes that import a package once for many children.

use super::*;

#[test]
fn a_module_that_its_package_does_not_import_is_imported_once() {
    let late = "import random\nDRAWN = random.random()\ndef f(x):\n    return DRAWN + 0 * x\n";
    let files = [
        ("drawn/__init__.py", ""),
        ("drawn/late.py", late),
        ("drawn/later.py", late),
        (
            "drawn/never.py",
            "import random\nraise ValueError\ndef f(x):\n    return x\n",
        ),
    ];
    let tree = tree("drawn", &files);
    let engine = engine();
    let mut told = Vec::new();
    for module in ["drawn.late", "drawn.never", "drawn.later", "drawn.late"] {
        let calls = [("", "f(1)"), ("", "f(2)")];
        let all = runs(&engine, packaged(&tree, module, &[3, 4], &calls));
        if module == "drawn.never" {
            assert!(matches!(all[0].outcome, Outcome::ProgramFailed { .. }));
            continue;
        }
        let drawn = |run: &Run| match &run.outcome {
            Outcome::Returned { value } => value.text.clone(),
            other => panic!("{module}: {other:?}"),
        };
        // Had each child imported it, chance would have begun anew for each call.
        assert_eq!(drawn(&all[0]), drawn(&all[1]), "{module}");
        told.push(drawn(&all[0]));
    }
    assert!(told.iter().all(|one| *one == told[0]), "{told:?}");
}

#[test]
fn one_import_serves_all_modules_that_it_has_made() {
    let files = [
        (
            "many/__init__.py",
            "import random\nORDER = ['top']\nrandom.seed(3)\nfrom . import one, two\n",
        ),
        (
            "many/one.py",
            "import many\nmany.ORDER.append('one')\nSTATE = []\ndef f(x):\n    STATE.append(x)\n    many.two.STATE.append(x)\n    return many.ORDER, STATE\n",
        ),
        (
            "many/two.py",
            "import random, many\nmany.ORDER.append('two')\nSTATE = []\nDRAWN = random.random()\ndef f(x):\n    many.one.f = None\n    return many.ORDER, STATE, DRAWN, random.random()\n",
        ),
        (
            "many/three.py",
            "import socket, many\nHOST = len(socket.gethostname()) > 0\nmany.ORDER.append('three')\ndef f(x):\n    return many.ORDER, HOST\n",
        ),
        (
            "many/four.py",
            "import socket\nHOST = socket.gethostname()\ndef f(x):\n    return HOST\n",
        ),
    ];
    let tree = tree("many", &files);
    let engine = engine();
    let call = |module: &str, lines: &[u32]| {
        let all = runs(
            &engine,
            packaged(&tree, module, lines, &[("", "f(1)"), ("", "f(2)")]),
        );
        all.into_iter()
            .map(|run| (run.verdict.clone(), value(&run).to_owned()))
            .collect::<Vec<_>>()
    };
    let verified = |text: &str| (Verdict::Verified, text.to_owned());
    let ones = [
        verified("(['top', 'one', 'two'], [1])"),
        verified("(['top', 'one', 'two'], [2])"),
    ];
    let two = call("many.two", &[5, 6, 7]);
    assert!(
        two[0]
            .1
            .starts_with("(['top', 'one', 'two'], [], 0.23796462709189137, "),
        "{two:?}"
    );
    assert_eq!(two[0].0, Verdict::Verified);
    assert_eq!(two[0].1, two[1].1);
    // In any order, and beside modules that nobody has imported before.
    for module in [
        "many.one",
        "many.three",
        "many.one",
        "many.four",
        "many.two",
        "many.one",
    ] {
        match module {
            "many.one" => assert_eq!(call(module, &[4, 5, 6, 7]), ones),
            "many.two" => assert_eq!(call(module, &[5, 6, 7]), two),
            "many.three" => {
                let three = verified("(['top', 'one', 'two', 'three'], True)");
                assert_eq!(call(module, &[4, 5]), [three.clone(), three]);
            }
            // The host has another name in each interpreter.
            _ => {
                let all = runs(&engine, packaged(&tree, module, &[3, 4], &[("", "f(1)")]));
                assert_ne!(all[0].verdict, Verdict::Verified);
            }
        }
    }
}
