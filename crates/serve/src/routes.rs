//! Requests to replies.

use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::header::{ALLOW, CONTENT_TYPE, HeaderValue, ORIGIN, RETRY_AFTER};
use hyper::{Method, Request, Response, StatusCode};
use serde_json::{Value, json};
use tokio::sync::oneshot;
use tracestone_judge::judge::Status;

use crate::body::{self, Body, BodyError, Budget};
use crate::counts::milliseconds;
use crate::lanes::{Judged, Lanes, NoVerdict, Work};
use crate::library::Library;
use crate::request::{self, Asked, RequestError};
use crate::{Reward, Settings};

/// Reply of a server.
pub(crate) type Reply = Response<Full<Bytes>>;

/// Everything that requests share.
pub(crate) struct State {
    pub(crate) library: Library,
    pub(crate) lanes: Lanes,
    pub(crate) settings: Settings,
    pub(crate) budget: Arc<Budget>,
    pub(crate) began: Instant,
}

/// Reason that a request gets no result.
struct Refused {
    status: StatusCode,
    why: String,
}

impl Refused {
    fn new(status: StatusCode, why: impl Into<String>) -> Self {
        Self {
            status,
            why: why.into(),
        }
    }
}

impl From<RequestError> for Refused {
    fn from(error: RequestError) -> Self {
        let status = match error {
            RequestError::Form(_) => StatusCode::BAD_REQUEST,
            RequestError::Unknown(_) => StatusCode::NOT_FOUND,
        };
        Self::new(status, error.to_string())
    }
}

impl From<NoVerdict> for Refused {
    fn from(why: NoVerdict) -> Self {
        match why {
            NoVerdict::Busy => Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "too many responses are waiting; ask again in a moment",
            ),
            NoVerdict::Sample(why) => Self::new(StatusCode::UNPROCESSABLE_ENTITY, why),
            NoVerdict::Sandbox(why) => Self::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                format!("nothing can be executed: {why}"),
            ),
        }
    }
}

impl From<BodyError> for Refused {
    fn from(error: BodyError) -> Self {
        match error {
            BodyError::TooLarge => Self::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                "the body is larger than a request may be",
            ),
            BodyError::NoRoom => Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "the requests in flight fill the memory for bodies; ask again in a moment",
            ),
            BodyError::Slow => {
                Self::new(StatusCode::REQUEST_TIMEOUT, "the body did not come in time")
            }
            BodyError::NotText => Self::new(StatusCode::BAD_REQUEST, "the body is not UTF-8"),
            BodyError::Broken(why) => Self::new(StatusCode::BAD_REQUEST, why),
        }
    }
}

/// The reply to a request.
pub(crate) async fn reply(state: Arc<State>, request: Request<Incoming>) -> Reply {
    match answer(&state, request).await {
        Ok(reply) => reply,
        Err(refused) => {
            state.lanes.counts().refused(refused.status.as_u16());
            let body = json!({ "error": refused.why }).to_string();
            let mut reply = with_json(refused.status, body);
            if refused.status == StatusCode::SERVICE_UNAVAILABLE {
                let headers = reply.headers_mut();
                headers.insert(RETRY_AFTER, HeaderValue::from_static("1"));
            }
            if refused.status == StatusCode::METHOD_NOT_ALLOWED {
                let headers = reply.headers_mut();
                headers.insert(ALLOW, HeaderValue::from_static("GET, POST"));
            }
            reply
        }
    }
}

async fn answer(state: &State, request: Request<Incoming>) -> Result<Reply, Refused> {
    // A page in a browser could reach the server of whoever looks at it.
    if request.headers().contains_key(ORIGIN) {
        return Err(Refused::new(
            StatusCode::FORBIDDEN,
            "requests of pages in a browser are not answered",
        ));
    }
    let path = request.uri().path().to_owned();
    match (request.method(), path.as_str()) {
        (&Method::GET, "/health") => Ok(with_json(StatusCode::OK, health(state).to_string())),
        (&Method::POST, "/judge") => judge(state, read(state, request).await?).await,
        (&Method::POST, "/verify") => verify(state, read(state, request).await?).await,
        // A session has no state here; the body is read for the sake of the connection.
        (&Method::POST, "/seed_session" | "/aggregate_metrics") => {
            drop(read(state, request).await?);
            Ok(with_json(StatusCode::OK, "{}".to_owned()))
        }
        (_, "/health" | "/judge" | "/verify" | "/seed_session" | "/aggregate_metrics") => {
            Err(Refused::new(
                StatusCode::METHOD_NOT_ALLOWED,
                format!("{path} is asked with another method"),
            ))
        }
        _ => Err(Refused::new(
            StatusCode::NOT_FOUND,
            "there are POST /verify, /seed_session, /aggregate_metrics and /judge, and GET /health",
        )),
    }
}

async fn read(state: &State, request: Request<Incoming>) -> Result<Body, Refused> {
    let Settings {
        body_bytes,
        body_time,
        ..
    } = state.settings;
    let body = request.into_body();
    Ok(body::read(body, body_bytes, body_time, &state.budget).await?)
}

async fn judge(state: &State, body: Body) -> Result<Reply, Refused> {
    let asked = request::judge(body.text()?, &state.library)?;
    let id = asked.gold.id.clone();
    let judged = verdict(state, asked).await?;
    let mut value = told(&judged);
    value["id"] = json!(id);
    value["reward"] = reward(state, &judged).into();
    Ok(with_json(StatusCode::OK, value.to_string()))
}

async fn verify(state: &State, body: Body) -> Result<Reply, Refused> {
    let (asked, echo) = request::verify(body.text()?, &state.library)?;
    let judged = verdict(state, asked).await?;
    let text = echo.with(reward(state, &judged), &told(&judged));
    Ok(with_json(StatusCode::OK, text))
}

async fn verdict(state: &State, asked: Asked) -> Result<Judged, Refused> {
    let (reply, answer) = oneshot::channel();
    let Asked {
        gold,
        response,
        stop,
    } = asked;
    state.lanes.submit(Work {
        gold,
        response,
        stop,
        since: Instant::now(),
        reply,
    })?;
    match answer.await {
        Ok(judged) => Ok(judged?),
        Err(_) => Err(Refused::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "the judge ended without a verdict",
        )),
    }
}

/// Verdict and times as JSON.
fn told(judged: &Judged) -> Value {
    let verdict = &judged.verdict;
    let mut value = json!({
        "status": verdict.status,
        "reason": verdict.reason,
        "credit": verdict.credit,
        "answer": verdict.answer,
        "parsed": verdict.parsed,
        "timing": {
            "queued_ms": milliseconds(judged.queued),
            "judged_ms": milliseconds(judged.judged),
        },
    });
    if !verdict.detail.is_null() {
        value["detail"] = verdict.detail.clone();
    }
    value
}

fn reward(state: &State, judged: &Judged) -> f64 {
    match state.settings.reward {
        Reward::Exact => f64::from(u8::from(judged.verdict.status == Status::Correct)),
        Reward::Credit => judged.verdict.credit,
    }
}

fn health(state: &State) -> Value {
    let (texts, executions) = state.lanes.waiting();
    let failure = state.lanes.failure();
    json!({
        "status": if failure.is_none() { "ok" } else { "nothing can be executed" },
        "failure": failure,
        "samples": state.library.len(),
        "seconds": state.began.elapsed().as_secs(),
        "waiting": { "texts": texts, "executions": executions },
        "counts": state.lanes.counts().summary(),
    })
}

fn with_json(status: StatusCode, body: String) -> Reply {
    let mut reply = Response::new(Full::new(Bytes::from(body)));
    *reply.status_mut() = status;
    let json = HeaderValue::from_static("application/json");
    reply.headers_mut().insert(CONTENT_TYPE, json);
    reply
}
