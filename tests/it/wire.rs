//! Replies as servers and what stands before them put them on the wire: packed, in chunks with trailers, cut in the
//! middle of an event, overloaded.

use std::io::Write as _;

use serde_json::json;

use crate::mock_server::{Reply, Request};
use crate::models::{refused, right, rows, scored, server};

const TEXT: &str = "[ANSWER]21[/ANSWER]";

fn packed(text: &str) -> Vec<u8> {
    let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    out.write_all(text.as_bytes()).unwrap();
    out.finish().unwrap()
}

/// A body in chunks of some bytes, with trailers behind it.
fn chunked(headers: &str, body: &[u8], size: usize, trailers: &str) -> Reply {
    let mut out =
        format!("HTTP/1.1 200 OK\r\n{headers}transfer-encoding: chunked\r\n\r\n").into_bytes();
    for chunk in body.chunks(size) {
        out.extend(format!("{:X};name=value\r\n", chunk.len()).bytes());
        out.extend(chunk);
        out.extend(b"\r\n");
    }
    out.extend(format!("0\r\n{trailers}\r\n").bytes());
    Reply::Raw(out)
}

fn chat() -> String {
    json!({ "choices": [{ "message": { "content": TEXT }, "finish_reason": "stop" }] }).to_string()
}

/// The events of a chat, as some servers write them: comments, other line ends, no space, nothing after the last.
fn events() -> String {
    let piece = |text: &str| json!({ "choices": [{ "delta": { "content": text } }] });
    let end = json!({ "choices": [{ "delta": {}, "finish_reason": "stop" }] });
    format!(
        ": keep-alive\r\n\r\nevent: message\r\nid: 1\r\ndata:{}\r\n\r\nretry: 10\n\ndata: {}\n\n: again\n\ndata: {end}",
        piece("[ANSWER]2"),
        piece("1[/ANSWER]"),
    )
}

/// One reply for all requests, and the accuracy and the notes of a run that gets it.
fn run(reply: impl Fn(&Request) -> Reply + Send + Sync + 'static, more: &[&str]) -> (f64, String) {
    let bench = rows(2);
    let server = server(reply);
    let (score, said) = scored(&bench, &server.url(), more);
    (score["score"]["accuracy"].as_f64().unwrap(), said)
}

#[test]
fn packed_bodies_trailers_and_odd_events_are_read() {
    let json_type = "content-type: application/json\r\n";
    let event_type = "content-type: text/event-stream; charset=utf-8\r\n";
    let gzip = "content-encoding: gzip\r\n";
    let replies = [
        (
            "trailers",
            chunked(
                json_type,
                chat().as_bytes(),
                7,
                "x-checksum: 1\r\ngrpc-status: 0\r\n",
            ),
        ),
        (
            "packed",
            chunked(&format!("{json_type}{gzip}"), &packed(&chat()), 1000, ""),
        ),
        ("events", chunked(event_type, events().as_bytes(), 5, "")),
        (
            "packed events",
            chunked(&format!("{event_type}{gzip}"), &packed(&events()), 11, ""),
        ),
    ];
    for (name, reply) in replies {
        let (accuracy, said) = run(move |_| reply.clone(), &[]);
        assert_eq!(accuracy, 1.0, "{name}: {said}");
    }
}

#[test]
fn what_is_cut_is_asked_again() {
    let whole = events();
    let half = whole[..whole.len() / 2].to_owned();
    let event_type = "content-type: text/event-stream\r\n";
    // In the middle of an event, though the chunks end as they must; and a packed body without its end.
    let cut = chunked(event_type, half.as_bytes(), 1000, "");
    let bytes = packed(&chat());
    let torn = chunked(
        "content-encoding: gzip\r\n",
        &bytes[..bytes.len() - 9],
        1000,
        "",
    );
    for (name, reply) in [("events", cut), ("packed", torn)] {
        let (accuracy, said) = run(
            move |request| match request.earlier {
                0 => reply.clone(),
                _ => right(),
            },
            &[],
        );
        assert_eq!(accuracy, 1.0, "{name}: {said}");
    }
}

#[test]
fn an_overloaded_server_is_waited_for() {
    let overloaded = json!({ "type": "error", "error": { "type": "overloaded_error", "message": "Overloaded" } });
    let failed = json!({ "choices": [{ "error": { "code": 502, "message": "Upstream" }, "finish_reason": "error",
        "message": { "content": "[ANSWER]20" } }] });
    let (accuracy, said) = run(
        move |request| match request.earlier {
            0 => refused(529, &overloaded),
            // A provider behind the server that gave up in the middle.
            1 => refused(200, &failed),
            _ => right(),
        },
        &[],
    );
    assert_eq!(accuracy, 1.0, "{said}");
}

#[test]
fn a_responses_stream_with_pieces_alone_and_its_own_errors_is_read() {
    let events = |all: &[serde_json::Value]| {
        let text: String = all
            .iter()
            .map(|event| format!("data: {event}\n\n"))
            .collect();
        chunked(
            "content-type: text/event-stream\r\n",
            text.as_bytes(),
            50,
            "",
        )
    };
    let error = events(&[
        json!({ "type": "error", "code": "rate_limit_exceeded", "message": "slow down" }),
    ]);
    let good = events(&[
        json!({ "type": "response.created", "response": { "status": "in_progress", "output": [] } }),
        json!({ "type": "response.output_text.delta", "delta": "[ANSWER]21" }),
        json!({ "type": "response.output_text.delta", "delta": "[/ANSWER]" }),
        json!({ "type": "response.completed", "response": { "status": "completed", "output": [] } }),
    ]);
    let (accuracy, said) = run(
        move |request| match request.earlier {
            0 => error.clone(),
            _ => good.clone(),
        },
        &["--stream", "--api", "responses"],
    );
    assert_eq!(accuracy, 1.0, "{said}");
}

#[test]
fn a_call_of_a_tool_that_says_the_answer_is_read() {
    let called = json!({ "choices": [{ "finish_reason": "tool_calls", "message": { "content": null, "tool_calls": [
        { "type": "function", "function": { "name": "submit", "arguments": "{\"answer\": 21}" } }] } }] });
    let (accuracy, said) = run(move |_| refused(200, &called), &[]);
    assert_eq!(accuracy, 1.0, "{said}");
}
