//! A small HTTP server for one reader on this machine: GET only, no bodies, nothing from other pages.
//!
//! An address has a random token, so that neither other users nor other pages can guess it. A request must
//! name this server in `Host`, so that no other name can be made to lead here (DNS rebinding), and must not
//! come from another page (`Origin`, `Sec-Fetch-Site`).

use std::io::{self, Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// The largest head of a request in bytes.
const HEAD: usize = 16 * 1024;
/// Header lines of a request.
const HEADERS: usize = 64;
/// Connections at a time; browsers open six.
const CONNECTIONS: usize = 64;
/// Time that a connection may be silent.
const IDLE: Duration = Duration::from_secs(30);
/// Pages get scripts, styles and data from this server alone.
pub(crate) const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
     connect-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// A request that passed the guard.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Request {
    /// The part of the path after the token.
    pub(crate) path: String,
    /// The part after the question mark, as it was sent.
    pub(crate) query: String,
}

/// A reply to a request.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) media: &'static str,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    pub(crate) fn text(status: u16, text: &str) -> Self {
        Self {
            status,
            media: "text/plain; charset=utf-8",
            body: text.as_bytes().to_vec(),
        }
    }
}

/// A listener on a port of this machine that no other machine reaches.
#[derive(Debug)]
pub(crate) struct Server {
    listener: TcpListener,
    guard: Arc<Guard>,
}

/// The conditions on a request.
#[derive(Debug)]
struct Guard {
    port: u16,
    token: String,
}

impl Server {
    /// Listens on a port, or on a free one for 0.
    pub(crate) fn bind(port: u16, token: String) -> io::Result<Self> {
        let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port)))?;
        let port = listener.local_addr()?.port();
        Ok(Self {
            listener,
            guard: Arc::new(Guard { port, token }),
        })
    }

    /// The address of the first page.
    pub(crate) fn address(&self) -> String {
        format!("http://127.0.0.1:{}/{}/", self.guard.port, self.guard.token)
    }

    /// Answers requests until the process ends.
    pub(crate) fn run(self, answer: impl Fn(&Request) -> Reply + Send + Sync + 'static) {
        let answer = Arc::new(answer);
        let open = Arc::new(AtomicUsize::new(0));
        for stream in self.listener.incoming() {
            let Ok(stream) = stream else {
                // Out of file descriptors, most likely: they come back when connections end.
                std::thread::sleep(Duration::from_millis(50));
                continue;
            };
            if open.fetch_add(1, Ordering::SeqCst) >= CONNECTIONS {
                open.fetch_sub(1, Ordering::SeqCst);
                continue;
            }
            let (answer, guard, open) = (answer.clone(), self.guard.clone(), open.clone());
            std::thread::spawn(move || {
                let slot = Slot(&open);
                // The other side went away, which is its right.
                drop(serve(stream, &guard, &*answer));
                drop(slot);
            });
        }
    }
}

/// Gives a connection's place back, after a panic too.
struct Slot<'a>(&'a AtomicUsize);

impl Drop for Slot<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Answers the requests of one connection, one after the other.
fn serve(
    mut stream: TcpStream,
    guard: &Guard,
    answer: &dyn Fn(&Request) -> Reply,
) -> io::Result<()> {
    stream.set_read_timeout(Some(IDLE))?;
    stream.set_write_timeout(Some(IDLE))?;
    stream.set_nodelay(true)?;
    let mut buffer = Vec::new();
    loop {
        let Some(end) = read_head(&mut stream, &mut buffer)? else {
            return Ok(());
        };
        let verdict = guard.check(&buffer[..end]);
        buffer.drain(..end);
        let (reply, head_only) = match verdict {
            Ok((request, head_only)) => (answer(&request), head_only),
            Err(reply) => {
                // Nothing more is read from who breaks the rules: a body could follow.
                return stream.write_all(&written(&reply, false, true));
            }
        };
        stream.write_all(&written(&reply, head_only, false))?;
    }
}

/// Reads to the end of a request's head; `None` at the end of the connection.
fn read_head(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> io::Result<Option<usize>> {
    let mut chunk = [0; 4096];
    loop {
        if let Some(at) = buffer.windows(4).position(|four| four == b"\r\n\r\n") {
            return Ok(Some(at + 4));
        }
        if buffer.len() >= HEAD {
            let reply = Reply::text(431, "the head of the request is too large\n");
            stream.write_all(&written(&reply, false, true))?;
            return Ok(None);
        }
        match stream.read(&mut chunk)? {
            0 => return Ok(None),
            read => buffer.extend_from_slice(&chunk[..read]),
        }
    }
}

impl Guard {
    /// The request of a head, and whether only the head of the reply is wanted.
    fn check(&self, head: &[u8]) -> Result<(Request, bool), Reply> {
        let mut headers = [httparse::EMPTY_HEADER; HEADERS];
        let mut parsed = httparse::Request::new(&mut headers);
        let whole = parsed.parse(head).is_ok_and(|status| status.is_complete());
        let (true, Some(method), Some(target)) = (whole, parsed.method, parsed.path) else {
            return Err(Reply::text(400, "this is no request of HTTP\n"));
        };
        self.check_sender(parsed.headers)?;
        if !matches!(method, "GET" | "HEAD") {
            return Err(Reply::text(405, "there is nothing here but to be read\n"));
        }
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let rest = path.strip_prefix('/').unwrap_or_default();
        let (token, path) = rest.split_once('/').unwrap_or((rest, ""));
        if !same(token, &self.token) {
            return Err(Reply::text(
                404,
                "open the whole address that `tracestone browse` printed\n",
            ));
        }
        let request = Request {
            path: path.to_owned(),
            query: query.to_owned(),
        };
        Ok((request, method == "HEAD"))
    }

    fn check_sender(&self, headers: &[httparse::Header<'_>]) -> Result<(), Reply> {
        let values = |name: &str| {
            let found = headers
                .iter()
                .filter(|header| header.name.eq_ignore_ascii_case(name));
            found.map(|header| header.value).collect::<Vec<_>>()
        };
        let names = ["127.0.0.1", "localhost"].map(|name| format!("{name}:{}", self.port));
        let is_own = |host: &[u8]| names.iter().any(|name| name.as_bytes() == host);
        if !matches!(values("host")[..], [host] if is_own(host)) {
            return Err(Reply::text(
                403,
                "the name in `Host` is not this server's\n",
            ));
        }
        let own_page = |origin: &&[u8]| origin.strip_prefix(b"http://").is_some_and(is_own);
        let own_site = |site: &&[u8]| matches!(*site, b"same-origin" | b"none");
        if !values("origin").iter().all(own_page) || !values("sec-fetch-site").iter().all(own_site)
        {
            return Err(Reply::text(403, "requests of other pages are refused\n"));
        }
        if !values("transfer-encoding").is_empty()
            || values("content-length")
                .iter()
                .any(|length| *length != b"0")
        {
            return Err(Reply::text(400, "a request here has no body\n"));
        }
        Ok(())
    }
}

/// Compares in a time that does not tell how far two texts are equal.
fn same(a: &str, b: &str) -> bool {
    let differing = a
        .bytes()
        .zip(b.bytes())
        .fold(0, |all, (a, b)| all | (a ^ b));
    a.len() == b.len() && differing == 0
}

fn written(reply: &Reply, head_only: bool, last: bool) -> Vec<u8> {
    let reason = match reply.status {
        200 => "OK",
        400 => "Bad Request",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        431 => "Request Header Fields Too Large",
        _ => "Internal Server Error",
    };
    let mut bytes = format!(
        "HTTP/1.1 {} {reason}\r\nContent-Type: {}\r\nContent-Length: {}\r\nConnection: {}\r\n\
         Content-Security-Policy: {POLICY}\r\nX-Content-Type-Options: nosniff\r\n\
         Referrer-Policy: no-referrer\r\nCross-Origin-Resource-Policy: same-origin\r\n\
         Cross-Origin-Opener-Policy: same-origin\r\nCache-Control: no-store\r\n\r\n",
        reply.status,
        reply.media,
        reply.body.len(),
        if last { "close" } else { "keep-alive" },
    )
    .into_bytes();
    if !head_only {
        bytes.extend_from_slice(&reply.body);
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(lines: &[&str]) -> u16 {
        let guard = Guard {
            port: 80,
            token: "abc".to_owned(),
        };
        let head = format!("{}\r\n\r\n", lines.join("\r\n"));
        match guard.check(head.as_bytes()) {
            Ok(_) => 200,
            Err(reply) => reply.status,
        }
    }

    #[test]
    fn only_an_own_page_with_the_token_gets_something() {
        let get = "GET /abc/api/list?q=1 HTTP/1.1";
        let host = "Host: 127.0.0.1:80";
        for (expected, lines) in [
            (200, &[get, host][..]),
            (
                200,
                &[get, "host: localhost:80", "Sec-Fetch-Site: same-origin"],
            ),
            (200, &[get, host, "Origin: http://127.0.0.1:80"]),
            (404, &["GET /abd/ HTTP/1.1", host]),
            (404, &["GET / HTTP/1.1", host]),
            (404, &["GET /ab HTTP/1.1", host]),
            (403, &[get]),
            (403, &[get, "Host: evil.example:80"]),
            (403, &[get, "Host: 127.0.0.1"]),
            (403, &[get, host, "Host: evil.example"]),
            (403, &[get, host, "Origin: http://evil.example"]),
            (403, &[get, host, "Origin: null"]),
            (403, &[get, host, "Sec-Fetch-Site: cross-site"]),
            (403, &[get, host, "Sec-Fetch-Site: same-site"]),
            (405, &["POST /abc/ HTTP/1.1", host]),
            (405, &["OPTIONS /abc/ HTTP/1.1", host]),
            (400, &[get, host, "Content-Length: 5"]),
            (400, &[get, host, "Transfer-Encoding: chunked"]),
            (400, &["nonsense"]),
        ] {
            assert_eq!(status(lines), expected, "{lines:?}");
        }
    }
}
