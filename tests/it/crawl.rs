//! The crawl of the real binary: what stays in a store, and what ends it.

use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::support::{Bench, git};

fn status(bench: &Bench) -> serde_json::Value {
    let text = bench.ok(&["status", "--store", "s.db", "--json"]);
    serde_json::from_str(&text).unwrap()
}

#[test]
fn a_failed_fetch_leaves_the_last_version_in_use_and_status_says_so() {
    let bench = Bench::new();
    bench.ok(&["crawl", "corpus.toml", "--store", "s.db"]);
    let before = status(&bench);
    std::fs::rename(bench.path("repository"), bench.path("away")).unwrap();
    let said = bench.fails(3, &["crawl", "corpus.toml", "--store", "s.db"]);
    assert!(
        said.contains("the version that was read last stays in use"),
        "{said}"
    );
    let after = status(&bench);
    assert_eq!(after["files"], before["files"]);
    assert_eq!(after["sources"], 1);
    assert_eq!(after["stale_sources"][0]["name"], before_name(&bench));
    let text = bench.ok(&["status", "--store", "s.db"]);
    assert!(text.contains("1 stale: the last fetch failed"), "{text}");
    // With the repository back nothing is stale, and a change is read.
    std::fs::rename(bench.path("away"), bench.path("repository")).unwrap();
    bench.write("repository/more.py", "more = 1\n");
    git(&bench.path("repository"), &["add", "--all"]);
    git(
        &bench.path("repository"),
        &["commit", "--quiet", "--message=Second"],
    );
    bench.ok(&["crawl", "corpus.toml", "--store", "s.db"]);
    let mended = status(&bench);
    assert_eq!(mended["stale_sources"], serde_json::json!([]));
    assert_eq!(
        mended["files"].as_u64(),
        before["files"].as_u64().map(|files| files + 1)
    );
}

fn before_name(bench: &Bench) -> String {
    let folder = bench.path("repository");
    let parent = folder.parent().unwrap().file_name().unwrap();
    format!("{}/repository", parent.to_str().unwrap())
}

#[test]
fn a_corpus_of_folders_needs_no_home() {
    let bench = Bench::new();
    bench.write(
        "dir.toml",
        "name = \"d\"\n[[source]]\nkind = \"dir\"\npath = \"repository\"\n",
    );
    let output = bench
        .command(&["crawl", "dir.toml", "--store", "s.db"])
        .env_remove("HOME")
        .env_remove("XDG_CACHE_HOME")
        .env_remove("TRACESTONE_CACHE")
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
}

#[test]
fn an_interrupt_ends_a_crawl_that_waits_for_a_server_within_two_seconds() {
    let server = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let bench = Bench::empty();
    let address = server.local_addr().unwrap();
    bench.write(
        "corpus.toml",
        &format!("name = \"x\"\n[[source]]\nkind = \"git\"\nurl = \"git://{address}/a/b\"\n"),
    );
    let mut crawling = bench
        .command(&["crawl", "corpus.toml", "--store", "s.db"])
        .stderr(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    // The server has the request, so the crawl waits for it.
    let (connection, _) = server.accept().unwrap();
    assert_eq!(connection.peek(&mut [0; 1]).unwrap(), 1);
    let begin = Instant::now();
    let id = crawling.id().to_string();
    assert!(
        std::process::Command::new("kill")
            .args(["-INT", &id])
            .status()
            .unwrap()
            .success()
    );
    let status = crawling.wait().unwrap();
    assert_eq!(status.code(), Some(130));
    assert!(
        begin.elapsed() < Duration::from_secs(2),
        "{:?}",
        begin.elapsed()
    );
}

#[test]
fn what_is_not_permissive_does_not_go_out() {
    let bench = Bench::empty();
    for folder in ["mit", "more"] {
        std::fs::create_dir(bench.path(folder)).unwrap();
        let code = format!(
            "def {folder}(x):\n    \"\"\"\n    >>> {folder}(2)\n    3\n    \"\"\"\n    return x + 1\n"
        );
        bench.write(&format!("{folder}/m.py"), &code);
        let licence = include_str!("../../LICENSE-MIT");
        let sentence = if folder == "more" {
            "\nCommercial use is not permitted.\n"
        } else {
            ""
        };
        bench.write(
            &format!("{folder}/MIT-LICENSE.txt"),
            &format!("{licence}{sentence}"),
        );
    }
    bench.write(
        "corpus.toml",
        "name = \"x\"\n[[source]]\nkind = \"dir\"\npath = \"mit\"\n[[source]]\nkind = \"dir\"\npath = \"more\"\n",
    );
    bench.ok(&["build", "corpus.toml", "--store", "s.db"]);
    let exported = |out: &str, policy: &str| {
        let arguments = [
            "export",
            "--all",
            "--include-marked",
            "--store",
            "s.db",
            "--format",
            "jsonl",
            "--out",
            out,
            "--license-policy",
            policy,
        ];
        bench.ok(&arguments);
        let files = bench
            .files(out)
            .into_iter()
            .filter(|(name, _)| name.ends_with(".jsonl"));
        files
            .map(|(_, bytes)| String::from_utf8(bytes).unwrap())
            .collect::<String>()
    };
    let permissive = exported("permissive", "permissive");
    assert!(permissive.contains("mit(x)") && !permissive.contains("more(x)"));
    assert!(permissive.contains("\"rule\":\"license_text\""));
    let any = exported("any", "any");
    assert!(any.contains("more(x)") && any.contains("LicenseRef-modified"));
    assert!(any.contains("\"detail\":\"MIT, and: commercial use is not permitted\""));
}
