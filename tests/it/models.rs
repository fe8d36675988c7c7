//! Servers as they are: parameters they refuse, addresses and protocols of their own, and the errors that end
//! a run, that are waited for, or that cost one item.

use std::io::BufRead as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::eval::eval;
use crate::mock_server::{Reply, Request, Server};
use crate::support::{Bench, stderr};

/// Writes `count` rows in CRUXEval's form, all with the answer 21.
pub(super) fn rows(count: usize) -> Bench {
    let bench = Bench::empty();
    let rows = (0..count).map(|i| {
        let code = format!("def f(x):\n    return 3 * x  # {i}");
        let row =
            json!({ "id": format!("sample_{i}"), "code": code, "input": "7", "output": "21" });
        format!("{row}\n")
    });
    bench.write("rows.jsonl", &rows.collect::<String>());
    bench
}

pub(super) fn server(script: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Server {
    Server::start(0, Duration::ZERO, script).unwrap()
}

pub(super) fn right() -> Reply {
    Reply::Text("[ANSWER]21[/ANSWER]".to_owned())
}

pub(super) fn refused(status: u16, body: &Value) -> Reply {
    Reply::Status(status, Vec::new(), body.to_string())
}

/// Score of a run, and its output.
pub(super) fn scored(bench: &Bench, url: &str, more: &[&str]) -> (Value, String) {
    let mut arguments = eval(url, more);
    arguments.push("--json");
    let output = bench.run(&arguments);
    let said = stderr(&output);
    assert!(!output.stdout.is_empty(), "{said}");
    (serde_json::from_slice(&output.stdout).unwrap(), said)
}

/// The first logged reply of the only run in a folder.
fn first_reply(bench: &Bench, logs: &str) -> Value {
    let files = bench.files(logs);
    let (_, bytes) = files
        .iter()
        .find(|(name, _)| name.to_string().contains("answers.jsonl"))
        .unwrap();
    let text = String::from_utf8_lossy(bytes);
    serde_json::from_str(text.lines().next().unwrap()).unwrap()
}

#[test]
fn what_a_server_refuses_is_left_out_or_renamed_once_and_said() {
    let bench = rows(30);
    let server = server(|request| {
        let body = &request.body;
        let unsupported = |name: &str, more: &str| {
            let message =
                format!("Unsupported parameter: '{name}' is not supported with this model. {more}");
            refused(
                400,
                &json!({ "error": { "message": message, "param": name, "code": "unsupported_parameter" } }),
            )
        };
        if body.get("max_tokens").is_some() {
            return unsupported("max_tokens", "Use 'max_completion_tokens' instead.");
        }
        if body.get("temperature").is_some() {
            return unsupported("temperature", "");
        }
        assert_eq!(body["max_completion_tokens"], 77);
        right()
    });
    let (score, said) = scored(&bench, &server.url(), &["--max-tokens", "77"]);
    assert_eq!(score["score"]["accuracy"], 1.0, "{said}");
    assert_eq!(
        said.matches("max_completion_tokens, not max_tokens")
            .count(),
        1,
        "{said}"
    );
    assert_eq!(said.matches("refuses temperature").count(), 1, "{said}");
    assert_eq!(score["notes"].as_array().unwrap().len(), 2);
    // What was learned stays learned: each request that was on its way at first is refused at most twice.
    assert!(
        server.seen().len() <= 30 + 2 * 20,
        "{}",
        server.seen().len()
    );
}

#[test]
fn settings_are_left_out_where_none_is_typed_and_added_where_more_is() {
    let bench = rows(3);
    let server = server(|request| {
        let body = &request.body;
        for absent in ["temperature", "max_tokens", "top_p"] {
            assert_eq!(body.get(absent), None, "{absent}");
        }
        assert_eq!(body["reasoning_effort"], "low");
        assert_eq!(
            body["chat_template_kwargs"],
            json!({ "enable_thinking": false })
        );
        assert_eq!(body["provider"], "x");
        assert_eq!(body["tags"], json!([1, 2]));
        assert_eq!(
            (&body["logprobs"], &body["top_logprobs"]),
            (&json!(true), &json!(2))
        );
        let message =
            json!({ "content": "[ANSWER]21[/ANSWER]", "reasoning_content": "thrice seven" });
        let tokens = json!({ "content": [{ "token": "21", "logprob": -0.25 }] });
        refused(
            200,
            &json!({ "choices": [{ "message": message, "finish_reason": "stop", "logprobs": tokens }] }),
        )
    });
    bench.write("body.json", r#"{"tags": [1, 2]}"#);
    let settings = [
        "--temperature",
        "none",
        "--max-tokens",
        "none",
        "--reasoning-effort",
        "low",
        "--logprobs",
        "--top-logprobs",
        "2",
        "--extra-body",
        "chat_template_kwargs.enable_thinking=false",
        "--extra-body",
        "provider=x",
        "--extra-body",
        "@body.json",
    ];
    let (score, said) = scored(&bench, &server.url(), &settings);
    assert_eq!(score["score"]["accuracy"], 1.0, "{said}");
    let reply = first_reply(&bench, "logs");
    assert_eq!(reply["response"]["reasoning"], "thrice seven");
    assert_eq!(
        reply["response"]["logprobs"],
        json!([{ "token": "21", "logprob": -0.25 }])
    );
}

#[test]
fn thought_without_a_text_is_no_answer_and_no_fault() {
    let bench = rows(3);
    let server = server(|_| {
        let message = json!({ "content": null, "reasoning": "it is [ANSWER]21[/ANSWER]" });
        refused(
            200,
            &json!({ "choices": [{ "message": message, "finish_reason": "stop" }] }),
        )
    });
    let (score, _) = scored(&bench, &server.url(), &[]);
    assert_eq!(score["score"]["statuses"]["unparsable"], 3);
    assert!(first_reply(&bench, "logs")["response"]["reasoning"].is_string());
}

#[test]
fn addresses_with_queries_and_whole_paths_are_used_as_they_are() {
    let bench = rows(3);
    let server = server(|request| {
        assert_eq!(
            request.path,
            "/openai/deployments/d/chat/completions?api-version=2024-10-21"
        );
        assert_eq!(request.headers["api-key"], "azure-secret");
        right()
    });
    let whole = "/openai/deployments/d/chat/completions/?api-version=2024-10-21";
    for (logs, path) in [
        ("a", "/openai/deployments/d?api-version=2024-10-21"),
        ("b", whole),
    ] {
        let url = format!("{}{path}", server.url());
        let output = bench
            .command(&eval(&url, &["--log-dir", logs]))
            .env("LOCAL_API_KEY", "azure-secret")
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", stderr(&output));
        for (name, bytes) in bench.files(logs) {
            assert!(
                !String::from_utf8_lossy(&bytes).contains("azure-secret"),
                "{name}"
            );
        }
    }
    for bad in ["localhost:8000", "htp://h/v1", "http://", "http://h:port"] {
        let said = bench.fails(1, &eval(bad, &[]));
        assert!(
            said.contains("is not the address of a server"),
            "{bad}: {said}"
        );
    }
}

#[test]
fn the_responses_protocol_is_spoken() {
    let bench = rows(3);
    let server = server(|request| {
        assert_eq!(request.path, "/v1/responses");
        assert_eq!(request.body["reasoning"]["effort"], "high");
        assert!(request.body["max_output_tokens"].is_number());
        right()
    });
    let more = ["--api", "responses", "--reasoning-effort", "high"];
    let (score, said) = scored(&bench, &server.url(), &more);
    assert_eq!(score["score"]["accuracy"], 1.0, "{said}");
    assert_eq!(
        first_reply(&bench, "logs")["response"]["reasoning"],
        "so it is"
    );
}

#[test]
fn streams_are_read_where_they_are_asked_for_and_where_a_server_knows_nothing_else() {
    let bench = rows(3);
    let stream = || Reply::Stream("[ANSWER]21[/ANSWER]".to_owned(), "hm".to_owned());
    let always = server(move |_| stream());
    let (score, said) = scored(&bench, &always.url(), &["--log-dir", "always"]);
    assert_eq!(score["score"]["accuracy"], 1.0, "{said}");
    assert_eq!(first_reply(&bench, "always")["response"]["reasoning"], "hm");
    assert!(score["score"]["usage"]["output_tokens"].as_u64().unwrap() > 0);
    let asked = server(move |request| match request.body["stream"].as_bool() {
        Some(true) => stream(),
        _ => refused(
            400,
            &json!({ "error": { "message": "this model only supports stream=true" } }),
        ),
    });
    let (score, said) = scored(&bench, &asked.url(), &["--log-dir", "learned"]);
    assert_eq!(score["score"]["accuracy"], 1.0, "{said}");
    assert!(said.contains("only streams"), "{said}");
    for (api, logs) in [("chat", "chat"), ("responses", "responses")] {
        let more = ["--stream", "--api", api, "--log-dir", logs];
        let (score, said) = scored(&bench, &asked.url(), &more);
        assert_eq!(score["score"]["accuracy"], 1.0, "{api}: {said}");
        assert!(!said.contains("only streams"), "{said}");
    }
    let anthropic = bench
        .command(&[
            "eval",
            "cruxeval-output",
            "--data",
            "rows.jsonl",
            "--model",
            "anthropic/m",
            "--stream",
            "--json",
        ])
        .env("ANTHROPIC_BASE_URL", asked.url())
        .output()
        .unwrap();
    let score: Value = serde_json::from_slice(&anthropic.stdout).unwrap();
    assert_eq!(score["score"]["accuracy"], 1.0, "{}", stderr(&anthropic));
}

#[test]
fn a_stream_that_stands_still_is_noticed_early() {
    let bench = rows(1);
    let server = server(|request| match request.earlier {
        0 => Reply::Stall("[ANSWER]21".to_owned()),
        _ => Reply::Stream("[ANSWER]21[/ANSWER]".to_owned(), String::new()),
    });
    let begin = Instant::now();
    let (score, said) = scored(&bench, &server.url(), &["--stream", "--stall-timeout", "1"]);
    assert_eq!(score["score"]["accuracy"], 1.0, "{said}");
    assert!(
        begin.elapsed() < Duration::from_secs(20),
        "{:?}",
        begin.elapsed()
    );
}

#[test]
fn a_private_authority_is_trusted_where_it_is_named() {
    let bench = rows(2);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/mock/tls");
    let mut child = Command::new("python3")
        .arg(folder.join("serve.py"))
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut port = String::new();
    let out = child.stdout.take().unwrap();
    std::io::BufReader::new(out).read_line(&mut port).unwrap();
    let url = format!("https://127.0.0.1:{}/v1", port.trim());
    let run = |authority: Option<&Path>| {
        let mut command = bench.command(&eval(&url, &["--json"]));
        command
            .env_remove("SSL_CERT_FILE")
            .env_remove("SSL_CERT_DIR");
        if let Some(path) = authority {
            command.env("SSL_CERT_FILE", path);
        }
        command.output().unwrap()
    };
    let without = run(None);
    let with = run(Some(&folder.join("ca.pem")));
    let wrong = run(Some(&folder.join("serve.py")));
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(without.status.code(), Some(1));
    assert!(
        stderr(&without).contains("SSL_CERT_FILE"),
        "{}",
        stderr(&without)
    );
    assert!(with.status.success(), "{}", stderr(&with));
    let score: Value = serde_json::from_slice(&with.stdout).unwrap();
    assert_eq!(score["score"]["accuracy"], 1.0);
    assert!(
        stderr(&wrong).contains("holds no certificates"),
        "{}",
        stderr(&wrong)
    );
}

#[test]
fn limits_inside_a_success_are_waited_for_and_filters_are_refusals() {
    let bench = rows(4);
    let server = server(|request| {
        let number = |text: &str| request.prompt.contains(&format!("# {text}\n"));
        let filtered = "The response was filtered due to the prompt triggering Azure OpenAI's content management policy.";
        match request.earlier {
            _ if number("1") => refused(
                400,
                &json!({ "error": { "message": filtered, "code": "content_filter" } }),
            ),
            _ if number("2") => refused(
                400,
                &json!({ "error": { "message": "no", "innererror": { "code": "ResponsibleAIPolicyViolation" } } }),
            ),
            0 if number("3") => refused(
                200,
                &json!({ "error": { "code": 429, "message": "Rate limit exceeded" } }),
            ),
            _ => right(),
        }
    });
    let (score, said) = scored(&bench, &server.url(), &[]);
    let statuses = &score["score"]["statuses"];
    assert_eq!(
        (&statuses["correct"], &statuses["refused"]),
        (&json!(2), &json!(2)),
        "{said}"
    );
}

#[test]
fn a_wrong_key_an_empty_account_and_an_unknown_model_end_a_run_at_once_in_the_servers_words() {
    for (status, code, words) in [
        (401, "invalid_api_key", "Incorrect API key provided"),
        (
            429,
            "insufficient_quota",
            "You exceeded your current quota, please check your plan",
        ),
        (404, "model_not_found", "The model `mock` does not exist"),
        (402, "payment_required", "Please add credit"),
    ] {
        let bench = rows(300);
        let server = server(move |_| {
            refused(
                status,
                &json!({ "error": { "message": words, "code": code } }),
            )
        });
        let begin = Instant::now();
        let said = bench.fails(1, &eval(&server.url(), &[]));
        assert!(said.contains(words), "{said}");
        assert!(begin.elapsed() < Duration::from_secs(10), "{status}");
        assert!(
            server.seen().len() <= 40,
            "{} requests",
            server.seen().len()
        );
        assert!(!said.contains("accuracy"), "{said}");
    }
}

#[test]
fn nothing_at_the_address_is_said_soon() {
    let bench = rows(50);
    let begin = Instant::now();
    let said = bench.fails(1, &eval("http://127.0.0.1:9/v1", &[]));
    assert!(
        said.contains("nothing answers at http://127.0.0.1:9/v1/chat/completions"),
        "{said}"
    );
    assert!(
        begin.elapsed() < Duration::from_secs(8),
        "{:?}",
        begin.elapsed()
    );
}

#[test]
fn three_items_that_all_fail_say_why_and_their_log_is_an_error() {
    let bench = rows(3);
    let server = server(|_| refused(500, &json!({ "error": { "message": "the card burns" } })));
    let (score, said) = scored(&bench, &server.url(), &["--max-retries", "0"]);
    assert!(said.contains("the card burns"), "{said}");
    let output = bench.run(&eval(&server.url(), &["--max-retries", "0"]));
    let shown = String::from_utf8_lossy(&output.stdout);
    assert!(
        shown.contains("no score: none of 3 items") && !shown.contains("accuracy"),
        "{shown}"
    );
    assert_eq!(score["score"]["statuses"]["api_error"], 3);
    let run = score["run"].as_str().unwrap();
    bench.ok(&["report", run, "--format", "inspect", "--out", "log.eval"]);
    let bytes = std::fs::read(bench.path("log.eval")).unwrap();
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
    let header: Value = serde_json::from_reader(archive.by_name("header.json").unwrap()).unwrap();
    assert_eq!(header["status"], "error");
    assert!(
        header["error"]["message"]
            .as_str()
            .unwrap()
            .contains("the card burns")
    );
}
