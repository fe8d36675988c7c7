//! Distributions with native code, from a folder that `TRACESTONE_SITE` names: one into which pip has put numpy.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use tracestone_record::Verdict;
use tracestone_trace::{Level, Limits, ReplayOutcome, SandboxChoice, Site};

use crate::support::{self, runs};
use crate::{packaged, tree, value, witness};

const SOURCE: &str = "import numpy as np\n\n\ndef solve(a, b):\n    matrix = np.array([[a, 1.0], [1.0, b]])\n    \
                      inverse = np.linalg.inv(matrix)\n    return (np.round(matrix @ inverse, 6) + 0.0).tolist()\n\n\n\
                      def pick(seed):\n    return np.random.default_rng(seed).integers(0, 10, size=3).tolist()\n";
const PLAIN: &str = "def solve(a, b):\n    matrix = [[a, 1.0], [1.0, b]]\n    inverse = matrix\n    return [a, b]\n";

fn site() -> Option<Site> {
    let folder = PathBuf::from(std::env::var_os("TRACESTONE_SITE")?);
    let other = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("native-site");
    drop(std::fs::remove_file(&other));
    std::os::unix::fs::symlink(&folder, &other).expect("a link can be made");
    Some(Site {
        folder,
        other,
        native: true,
    })
}

#[test]
#[ignore = "needs numpy in a folder: TRACESTONE_SITE"]
fn numpy_runs_where_files_can_be_opened() {
    let site = site().expect("TRACESTONE_SITE names a folder with numpy");
    let tree = tree("native", &[("core.py", SOURCE)]);
    let tree = Arc::new(Arc::unwrap_or_clone(tree).with(Some(site)));
    let mut tested = 0;
    for level in [Level::Namespaces, Level::Landlock] {
        let limits = Limits::default();
        let choice = SandboxChoice::Exactly(level);
        let Ok(engine) = support::start_with(&support::python(), limits, choice) else {
            continue;
        };
        let calls = [("", "solve(3.0, 4.0)"), ("", "pick(3)")];
        let all = runs(&engine, packaged(&tree, "core", &[4, 5, 6, 7], &calls));
        assert_eq!(
            value(&all[0]),
            "[[1.0, 0.0], [0.0, 1.0]]",
            "{}",
            level.name()
        );
        assert_eq!(value(&all[1]), "[8, 0, 1]", "{}", level.name());
        assert!(
            all[0].evidence.sandbox.contains("native code"),
            "{:?}",
            all[0].evidence
        );
        let told = witness(&engine, &tree, "core", &[4, 5, 6, 7], "solve(3.0, 4.0)");
        let text = value(&all[0]).to_owned();
        assert_eq!(told.outcome, ReplayOutcome::Returned { text });
        tested += 1;
    }
    assert!(tested > 0, "no level of the sandbox is available");
}

/// Time for a call of a program that imports numpy, in times of one that imports nothing.
#[test]
#[ignore = "a measurement that needs numpy in a folder: TRACESTONE_SITE"]
fn a_call_with_numpy_takes_at_most_twice_as_long() {
    let site = site().expect("TRACESTONE_SITE names a folder with numpy");
    let plain = tree("native-plain", &[("core.py", PLAIN)]);
    let numpy = tree("native-numpy", &[("core.py", SOURCE)]);
    let numpy = Arc::new(Arc::unwrap_or_clone(numpy).with(Some(site)));
    let calls: Vec<String> = (0..100).map(|n| format!("solve({n}.5, 4.0)")).collect();
    let calls: Vec<(&str, &str)> = calls.iter().map(|call| ("", call.as_str())).collect();
    // In turns, since the machine may have other work.
    let sides = [(&plain, &[1, 2, 3, 4]), (&numpy, &[4, 5, 6, 7])];
    let engines = [(); 2].map(|()| support::engine_with(Limits::default()));
    let mut times = [f64::MAX; 2];
    for turn in 0..6 {
        for (side, ((tree, lines), engine)) in sides.iter().zip(&engines).enumerate() {
            let started = Instant::now();
            let all = runs(engine, packaged(tree, "core", *lines, &calls));
            let seconds = started.elapsed().as_secs_f64() / calls.len() as f64;
            assert!(all.iter().all(|run| run.verdict == Verdict::Verified));
            // The first turn starts the interpreters and imports the package in each of them.
            if turn > 0 {
                times[side] = times[side].min(seconds);
            }
        }
    }
    println!(
        "plain {:.2} ms a call, numpy {:.2} ms",
        times[0] * 1e3,
        times[1] * 1e3
    );
    assert!(times[1] < 2.0 * times[0], "{times:?}");
}
