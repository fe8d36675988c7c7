//! Keys and headers reach the server and nobody else.

use std::time::Duration;

use crate::eval::{eval, right_or_wrong, row_of, write_rows};
use crate::mock_server::{Reply, Server};
use crate::support::{Bench, stderr};

#[test]
fn keys_are_written_nowhere() {
    const KEY: &str = "sk-this-is-a-secret-0123456789";
    let bench = Bench::empty();
    write_rows(&bench, 12);
    // A server that repeats the key in what it says.
    let server = Server::start(0, Duration::ZERO, |request| {
        let key = request.headers.get("authorization").cloned();
        let body = format!(
            r#"{{"error":"no access with {}"}}"#,
            key.unwrap_or_default()
        );
        Reply::Status(401, Vec::new(), body)
    })
    .unwrap();
    let output = bench
        .command(&eval(&server.url(), &[]))
        .env("LOCAL_API_KEY", KEY)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = stderr(&output);
    assert!(said.contains("rejects every request"), "{said}");
    assert!(said.contains("no access with Bearer ***"), "{said}");
    for (name, bytes) in bench.files(".") {
        let text = String::from_utf8_lossy(&bytes);
        assert!(!text.contains(KEY), "{name} holds the key");
    }
}

#[test]
fn redirects_are_not_followed_and_take_no_key_or_header_along() {
    let bench = Bench::empty();
    write_rows(&bench, 12);
    for status in [300_u16, 301, 302, 303, 307, 308] {
        for (model, variable) in [("openai/m", "OPENAI"), ("anthropic/m", "ANTHROPIC")] {
            // The other host answers whatever comes, so that following would score something.
            let other = Server::start(0, Duration::ZERO, |request| {
                right_or_wrong(row_of(&request.prompt))
            })
            .unwrap();
            let location = format!("{}/v1/messages?x", other.url());
            let server = Server::start(0, Duration::ZERO, move |_| {
                let headers = vec![("location", location.clone())];
                Reply::Status(status, headers, "{}".to_owned())
            })
            .unwrap();
            let logs = format!("logs-{status}-{variable}");
            let output = bench
                .command(&[
                    "eval",
                    "cruxeval-output",
                    "--data",
                    "rows.jsonl",
                    "--model",
                    model,
                    "--log-dir",
                    &logs,
                    "--header",
                    "x-team-token=team-secret-value",
                ])
                .env(format!("{variable}_API_KEY"), "secret-key-value")
                .env(format!("{variable}_BASE_URL"), server.url())
                .output()
                .unwrap();
            let said = stderr(&output);
            assert_eq!(output.status.code(), Some(1), "{status}: {said}");
            let host = |server: &Server| server.url().replace("http://", "");
            let wanted = format!("{} redirects to {}", host(&server), host(&other));
            assert!(said.contains(&wanted), "{status} {model}: {said}");
            assert!(said.contains(&format!("HTTP {status}")), "{said}");
            // Nothing at all reached the other host, by any method.
            assert_eq!(other.connections(), 0, "{status} {model}");
            for (name, bytes) in bench.files(&logs) {
                let text = String::from_utf8_lossy(&bytes);
                assert!(!text.contains("secret"), "{name} holds a secret");
            }
        }
    }
}

#[test]
fn typed_headers_are_sent_and_shown_nowhere() {
    let bench = Bench::empty();
    write_rows(&bench, 12);
    bench.write("token", "from-a-file-wxyz\n");
    let server = Server::start(0, Duration::ZERO, |request| {
        assert_eq!(request.headers["x-route"], "b=c");
        assert_eq!(request.headers["authorization"], "from-a-file-wxyz");
        Reply::Status(401, Vec::new(), "no: from-a-file-wxyz".to_owned())
    })
    .unwrap();
    let headers = [
        "--header",
        "X-Route=b=c",
        "--header",
        "Authorization=@token",
    ];
    let output = bench
        .command(&eval(&server.url(), &headers))
        .env("LOCAL_API_KEY", "the-other-key")
        .output()
        .unwrap();
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("no: ***"), "{said}");
    for (name, bytes) in bench.files("logs") {
        assert!(!String::from_utf8_lossy(&bytes).contains("wxyz"), "{name}");
    }
    let said = bench.fails(2, &eval(&server.url(), &["--header", "none"]));
    assert!(said.contains("NAME=VALUE"), "{said}");
}
