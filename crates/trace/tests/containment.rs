//! Files outside stay as they are and no process stays behind. Alone in its binary, since it looks at
//! all children of the process.

mod support;

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use support::{engine, job, runs};
use tracestone_record::Outcome;

#[test]
fn nothing_outside_changes_and_nothing_stays() {
    let folder = tempfile::tempdir().expect("a folder");
    let canary = folder.path().join("canary");
    std::fs::write(&canary, "alive").expect("written");
    std::fs::set_permissions(&canary, std::fs::Permissions::from_mode(0o666)).expect("open to all");
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o777)).expect("open");
    let path = canary.display();
    let program = format!(
        "
import os
def attempt(n):
    acts = [
        lambda: open({path:?}, 'w'), lambda: os.remove({path:?}), lambda: os.chmod({path:?}, 0),
        lambda: os.utime({path:?}, (0, 0)), lambda: os.symlink({path:?}, {path:?} + '2'),
        lambda: os.link({path:?}, {path:?} + '3'), lambda: os.rename({path:?}, {path:?} + '4'),
        lambda: os.truncate({path:?}, 0), lambda: os.setxattr({path:?}, 'user.x', b'1'),
        lambda: open({path:?}).read(),
    ]
    try:
        return acts[n]()
    except OSError:
        return None
",
        path = path.to_string(),
    );
    let engine = engine();
    let calls: Vec<String> = (0..10).map(|n| format!("attempt({n})")).collect();
    let calls: Vec<(&str, &str)> = calls.iter().map(|call| ("", call.as_str())).collect();
    for run in runs(&engine, job(&program, &calls)) {
        assert!(
            matches!(run.outcome, Outcome::Refused { .. }),
            "{:?}",
            run.outcome
        );
    }
    assert_eq!(
        std::fs::read_to_string(&canary).expect("still there"),
        "alive"
    );
    let mode = std::fs::metadata(&canary)
        .expect("still there")
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o666);
    assert_eq!(
        std::fs::read_dir(folder.path()).expect("readable").count(),
        1
    );
    assert!(!Path::new("/tmp/tracestone-canary").exists());
    let before = descendants();
    assert!(!before.is_empty(), "the zygotes run");
    drop(engine);
    let left: Vec<u32> = descendants()
        .into_iter()
        .filter(|pid| before.contains(pid))
        .collect();
    assert!(left.is_empty(), "still running: {left:?}");
}

/// The processes that this thread's zygotes are, by asking the kernel for children of this process.
fn descendants() -> Vec<u32> {
    let tasks = std::fs::read_dir("/proc/self/task").expect("readable");
    tasks
        .filter_map(|task| std::fs::read_to_string(task.ok()?.path().join("children")).ok())
        .flat_map(|children| {
            let pids = children
                .split_whitespace()
                .filter_map(|pid| pid.parse().ok());
            pids.collect::<Vec<u32>>()
        })
        .collect()
}
