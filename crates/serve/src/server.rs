//! The listening side: connections, threads, the end.

use std::convert::Infallible;
use std::future::{Future, poll_fn};
use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, Instant};

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::runtime::Runtime;
use tokio::sync::{Semaphore, watch};
use tracestone_judge::judge::Runner;

use crate::body::Budget;
use crate::counts::Summary;
use crate::lanes::Lanes;
use crate::library::Library;
use crate::routes::{self, State};
use crate::stream::Patient;
use crate::{ServeError, Settings};

/// Connections that wait to be accepted.
const BACKLOG: u32 = 4096;
/// Time between two looks at whether to stop.
const TICK: Duration = Duration::from_millis(50);
/// Time to wait where no connection can be accepted, such as for want of descriptors.
const PAUSE: Duration = Duration::from_millis(20);
/// Bytes of a request's head.
const HEAD: usize = 64 << 10;

/// A server that listens already.
pub struct Server {
    runtime: Runtime,
    listener: TcpListener,
    address: SocketAddr,
}

impl Server {
    /// Listens at an address; port 0 is any free one.
    ///
    /// # Errors
    /// The address cannot be listened at.
    pub fn bind(address: SocketAddr) -> Result<Self, ServeError> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_io()
            .enable_time()
            .build()
            .map_err(ServeError::Start)?;
        let failed = |source| ServeError::Listen { address, source };
        let guard = runtime.enter();
        let socket = match address {
            SocketAddr::V4(_) => TcpSocket::new_v4(),
            SocketAddr::V6(_) => TcpSocket::new_v6(),
        };
        let socket = socket.map_err(failed)?;
        socket.set_reuseaddr(true).map_err(failed)?;
        socket.bind(address).map_err(failed)?;
        let listener = socket.listen(BACKLOG).map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        drop(guard);
        Ok(Self {
            runtime,
            listener,
            address,
        })
    }

    /// The address, with the port that it got.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers requests until `stop` says so, then those in flight. `runner` makes a sandbox in the thread that uses
    /// it.
    ///
    /// # Errors
    /// A thread cannot be started.
    pub fn run<'r>(
        self,
        mut library: Library,
        settings: &Settings,
        runner: &(dyn Fn() -> Box<dyn Runner + 'r> + Sync),
        stop: &dyn Fn() -> bool,
    ) -> Result<Summary, ServeError> {
        allow_descriptors();
        library.close();
        let state = Arc::new(State {
            library,
            lanes: Lanes::new(settings.queue),
            settings: settings.clone(),
            budget: Arc::new(Budget::new(settings.all_bodies_bytes)),
            began: Instant::now(),
        });
        let lanes = &state.lanes;
        std::thread::scope(|scope| {
            let named = |name: String| std::thread::Builder::new().name(name);
            // Ends the threads whatever happens below.
            let closing = Closing(lanes);
            let mut judges = Vec::new();
            for number in 0..settings.judges.max(1) {
                let thread = named(format!("judge-{number}"));
                let work = || undying(|| lanes.look_at_texts());
                judges.push(
                    thread
                        .spawn_scoped(scope, work)
                        .map_err(ServeError::Start)?,
                );
            }
            for number in 0..settings.sandboxes.max(1) {
                let thread = named(format!("sandbox-{number}"));
                let work = move || undying(|| lanes.execute(&mut *runner()));
                thread
                    .spawn_scoped(scope, work)
                    .map_err(ServeError::Start)?;
            }
            self.runtime.block_on(listen(&self.listener, &state, stop));
            drop(closing);
            Ok(())
        })?;
        Ok(state.lanes.counts().summary())
    }
}

/// Closes the queues when it is dropped.
struct Closing<'a>(&'a Lanes);

impl Drop for Closing<'_> {
    fn drop(&mut self) {
        self.0.close_texts();
        self.0.close_executions();
    }
}

/// Goes on with work that a panic ended; whoever waited for that one verdict is told that there is none.
fn undying(work: impl Fn()) {
    while catch_unwind(AssertUnwindSafe(&work)).is_err() {}
}

/// Allows as many descriptors as the system lets this process have, since each connection takes one.
fn allow_descriptors() {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    if current != maximum {
        let raised = Rlimit {
            current: maximum,
            maximum,
        };
        // Without them there are fewer connections at once, which is no reason to serve none.
        let _ = setrlimit(Resource::Nofile, raised);
    }
}

/// Accepts connections until it is time to stop, and waits for those in flight.
async fn listen(listener: &TcpListener, state: &Arc<State>, stop: &dyn Fn() -> bool) {
    let most = state.settings.connections;
    let room = Arc::new(Semaphore::new(most));
    let (stopping, _) = watch::channel(false);
    while !stop() {
        let next = async {
            let permit = Arc::clone(&room).acquire_owned().await;
            (permit, listener.accept().await)
        };
        match tokio::time::timeout(TICK, next).await {
            Ok((Ok(permit), Ok((stream, _)))) => {
                let connection = connection(Arc::clone(state), stream, stopping.subscribe());
                tokio::spawn(async move {
                    connection.await;
                    drop(permit);
                });
            }
            Ok(_) => tokio::time::sleep(PAUSE).await,
            Err(_) => {}
        }
    }
    // Fails where all connections are gone already.
    let _ = stopping.send(true);
    let all = u32::try_from(most).unwrap_or(u32::MAX);
    drop(tokio::time::timeout(state.settings.grace, room.acquire_many(all)).await);
}

/// Answers the requests of one connection.
async fn connection(state: Arc<State>, stream: TcpStream, mut stopping: watch::Receiver<bool>) {
    // Replies are small, and are written at once.
    drop(stream.set_nodelay(true));
    let Settings {
        head_time,
        body_time,
        ..
    } = state.settings;
    let service = service_fn(move |request| {
        let state = Arc::clone(&state);
        async move { Ok::<_, Infallible>(routes::reply(state, request).await) }
    });
    let serving = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(head_time)
        .max_buf_size(HEAD)
        .serve_connection(TokioIo::new(Patient::new(stream, body_time)), service);
    let mut serving = pin!(serving);
    let mut asked = pin!(stopping.wait_for(|stopping| *stopping));
    let mut told = false;
    let ended = poll_fn(|context| {
        if !told && asked.as_mut().poll(context).is_ready() {
            told = true;
            serving.as_mut().graceful_shutdown();
        }
        match serving.as_mut().poll(context) {
            Poll::Ready(ended) => Poll::Ready(ended),
            Poll::Pending => Poll::Pending,
        }
    });
    // A connection that broke concerns its client alone.
    drop(ended.await);
}
