//! A running zygote: the handshake, and one child after the other.

#![expect(
    unsafe_code,
    reason = "poll, non-blocking pipes, CPU clocks of processes, signals"
)]

use std::io::{self, Read, Write as _};
use std::ops::ControlFlow;
use std::os::fd::{AsRawFd as _, RawFd};
use std::path::Path;
use std::process::{ChildStderr, ChildStdin, ChildStdout};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::frame::{Decoder, Frame};
use crate::sandbox::{Launch, Launched, Level};
use crate::settings::Limits;

const BOOT: &str = include_str!("worker/boot.py");
/// Read as one text.
const WORKER: &str = concat!(
    include_str!("worker/worker.py"),
    include_str!("worker/environment.py"),
    include_str!("worker/bare.py"),
);
const REPLAY: &str = include_str!("worker/replay.py");

/// How long a zygote may take for what it does itself.
const PATIENCE: Duration = Duration::from_secs(60);
/// How often a silent child's CPU time is looked at.
const TICK: Duration = Duration::from_millis(50);
/// Bytes that a child may write in all.
const MAX_OUTPUT: usize = 64 << 20;

/// A sandboxed interpreter that forks children.
pub(crate) struct Zygote {
    process: std::process::Child,
    commands: ChildStdin,
    replies: ChildStdout,
    complaints: ChildStderr,
    results: io::PipeReader,
    frame_cap: usize,
    /// The child of which is not known yet how it ends.
    running: Option<Running>,
    /// Why the native recorder is not used, where there is one.
    pub(crate) native_failure: Option<String>,
}

/// A child that has its work.
struct Running {
    watch: Watch,
    verdict: Option<ChildEnd>,
}

/// How a child ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ChildEnd {
    /// By itself, with status 0, after the end mark and with nothing after it.
    Clean {
        /// Whether the program may see the order of a set.
        hash_hazard: bool,
    },
    /// By itself or by a signal that was not the supervisor's.
    Died {
        /// The exit status or the signal.
        status: i32,
        /// Whether `status` is an exit status.
        exited: bool,
    },
    /// Killed, since a call used up its time.
    TimedOut,
    /// Killed or distrusted for what it wrote.
    Malformed(&'static str),
    /// Killed, since the engine is to stop.
    Cancelled,
}

/// Work for one child.
#[derive(Debug, Serialize)]
pub(crate) struct Work<'a> {
    pub(crate) kind: &'static str,
    /// CPU time of each call.
    #[serde(skip)]
    pub(crate) cpu_seconds: u32,
    pub(crate) program: &'a str,
    /// Number, and setup and expression, of each call.
    pub(crate) calls: Vec<(usize, (&'a str, &'a str))>,
}

impl ChildEnd {
    /// By itself, with status 0.
    const BY_ITSELF: Self = Self::Died {
        status: 0,
        exited: true,
    };
}

const AFTER_THE_MARK: &str = "it wrote after its end mark";

/// Takes what a child writes. It may have had enough, or say what is wrong with it.
type Sink<'s> = dyn FnMut(&[u8]) -> Result<ControlFlow<()>, &'static str> + 's;

/// What came of reading what was there.
#[derive(Default)]
struct Drained {
    /// Whether there was anything.
    any: bool,
    /// Whether the sink had enough.
    enough: bool,
}

/// What an interpreter is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Role {
    /// Its trace is the one that is kept. A program is its main module.
    First,
    /// Checks the first: a program runs in a bare dictionary, and what it reports as outcome is that of
    /// another evaluation, which nobody traces.
    Second,
    /// Checks the first under one more hash seed, in a bare dictionary.
    Further,
}

#[derive(Serialize)]
struct Hello<'a> {
    limits: &'a Limits,
    replay: &'a str,
    ballast: u32,
    role: Role,
    /// The filters as hexadecimal digits; empty for none.
    zygote_filter: &'a str,
    child_filter: &'a str,
    /// Whether no file can be opened later, so that all of the standard library is loaded now.
    preload_all: bool,
    /// The native recorder.
    native: Option<&'a Path>,
}

#[derive(Deserialize)]
struct Ready {
    /// Why the native recorder is not used, where there is one.
    native_failure: Option<String>,
}

#[derive(Deserialize)]
struct Started {
    started: i32,
}

#[derive(Deserialize)]
struct Ended {
    ended: i32,
    exited: bool,
}

impl Zygote {
    /// Starts an interpreter in the sandbox and waits until it is ready.
    pub(crate) fn start(mut launch: Launch<'_>, limits: &Limits, role: Role) -> io::Result<Self> {
        launch.boot = BOOT;
        let (zygote_filter, child_filter) = match launch.level {
            Level::Namespaces | Level::Landlock => (&launch.filters.zygote, &launch.filters.child),
            Level::Seccomp => (&launch.filters.zygote, &launch.filters.closed),
            Level::None => (&String::new(), &String::new()),
        };
        let hello = Hello {
            limits,
            replay: REPLAY,
            ballast: launch.hash_seed % 97,
            role,
            zygote_filter,
            child_filter,
            preload_all: launch.level == Level::Seccomp,
            native: launch.native,
        };
        let hello = serde_json::to_vec(&hello)?;
        let Launched {
            mut process,
            results,
        } = launch.start()?;
        let missing = || io::Error::other("the interpreter was started without pipes");
        let mut zygote = Self {
            commands: process.stdin.take().ok_or_else(missing)?,
            replies: process.stdout.take().ok_or_else(missing)?,
            complaints: process.stderr.take().ok_or_else(missing)?,
            process,
            results,
            running: None,
            native_failure: None,
            frame_cap: (limits.trace_bytes as usize + limits.stdout_bytes as usize) * 8 + (1 << 20),
        };
        zygote.native_failure = zygote
            .shake_hands(&hello)
            .map_err(|error| zygote.explain(&error))?;
        Ok(zygote)
    }

    fn shake_hands(&mut self, hello: &[u8]) -> io::Result<Option<String>> {
        set_nonblocking(self.results.as_raw_fd())?;
        set_nonblocking(self.complaints.as_raw_fd())?;
        self.send(WORKER.as_bytes())?;
        self.send(hello)?;
        let Ready { native_failure } = serde_json::from_slice(&self.reply()?)?;
        Ok(native_failure)
    }

    /// Adds what the interpreter complained about to an error.
    fn explain(&mut self, error: &io::Error) -> io::Error {
        self.kill();
        let mut said = Vec::new();
        let mut buffer = [0; 4096];
        while let Ok(count @ 1..) = self.complaints.read(&mut buffer) {
            said.extend_from_slice(&buffer[..count]);
        }
        let said = String::from_utf8_lossy(&said);
        match said.lines().rfind(|line| !line.trim().is_empty()) {
            Some(line) => io::Error::new(
                error.kind(),
                format!("{error}; the interpreter said: {line}"),
            ),
            None => io::Error::new(error.kind(), error.to_string()),
        }
    }

    /// Forks a child that tries what must fail. An error says what did not fail.
    pub(crate) fn test_sandbox(&mut self) -> io::Result<()> {
        let work = Work {
            kind: "probe",
            cpu_seconds: 1,
            program: "",
            calls: Vec::new(),
        };
        let mut bytes = Vec::new();
        let never = AtomicBool::new(false);
        self.start_child(&work)?;
        self.watch(&never, &mut |part| {
            bytes.extend_from_slice(part);
            Ok(ControlFlow::Continue(()))
        })?;
        let done: Vec<String> = bytes
            .get(4..)
            .and_then(|json| serde_json::from_slice(json).ok())
            .ok_or_else(|| io::Error::other("the sandbox's self-test gave no answer"))?;
        if done.is_empty() {
            return Ok(());
        }
        Err(io::Error::other(format!(
            "the sandbox does not hold: inside it was possible to {}",
            done.join(", ")
        )))
    }

    /// Runs one child until it has written its end mark, or to its end where that comes before, and hands
    /// over its reports. After the mark the child is taken to end well; [`Zygote::settle`] tells whether it
    /// did, and has to come before the next child. An error means that the zygote itself is gone or
    /// confused and must be replaced.
    pub(crate) fn run(
        &mut self,
        work: &Work<'_>,
        cancel: &AtomicBool,
        reports: &mut dyn FnMut(crate::frame::RawReport),
    ) -> io::Result<ChildEnd> {
        let mut decoder = Decoder::new(self.frame_cap);
        let mut mark = None;
        let mut total = 0;
        self.start_child(work)?;
        let ended = self.watch(cancel, &mut |part| {
            total += part.len();
            if total > MAX_OUTPUT {
                return Err("it wrote more than the limit");
            }
            decoder.push(part);
            while let Some(frame) = decoder.next_frame()? {
                match frame {
                    _ if mark.is_some() => return Err(AFTER_THE_MARK),
                    Frame::Report(report) => reports(report),
                    Frame::End { hash_hazard } => mark = Some(hash_hazard),
                }
            }
            match mark {
                None => Ok(ControlFlow::Continue(())),
                Some(_) if decoder.has_rest() => Err(AFTER_THE_MARK),
                Some(_) => Ok(ControlFlow::Break(())),
            }
        })?;
        Ok(match (ended.unwrap_or(ChildEnd::BY_ITSELF), mark) {
            (ChildEnd::BY_ITSELF, Some(hash_hazard)) => ChildEnd::Clean { hash_hazard },
            (ended, _) => ended,
        })
    }

    /// Waits for the end of a child that has written its end mark, if there is one. Gives how it ended where
    /// that was not by itself, with status 0 and with nothing after the mark.
    pub(crate) fn settle(&mut self, cancel: &AtomicBool) -> io::Result<Option<ChildEnd>> {
        if self.running.is_none() {
            return Ok(None);
        }
        let ended = self.watch(cancel, &mut |_| Err(AFTER_THE_MARK))?;
        Ok(ended.filter(|ended| *ended != ChildEnd::BY_ITSELF))
    }

    fn start_child(&mut self, work: &Work<'_>) -> io::Result<()> {
        self.send_work(work)?;
        let Started { started: child } = serde_json::from_slice(&self.reply()?)?;
        self.running = Some(Running {
            watch: Watch::new(child, Duration::from_secs(work.cpu_seconds.into())),
            verdict: None,
        });
        Ok(())
    }

    /// Watches the child until it ends, or until the sink breaks off. The sink gets what the child writes,
    /// and an error from it has the child killed.
    fn watch(&mut self, cancel: &AtomicBool, sink: &mut Sink<'_>) -> io::Result<Option<ChildEnd>> {
        let no_child = || io::Error::other("there is no child to watch");
        let mut running = self.running.take().ok_or_else(no_child)?;
        loop {
            let [reply, result] = poll([self.replies.as_raw_fd(), self.results.as_raw_fd()], TICK)?;
            if result {
                let drained = self.drain(1, &mut running.verdict, sink)?;
                running.watch.progress(drained.any);
                if drained.enough {
                    self.running = Some(running);
                    return Ok(None);
                }
            }
            if reply {
                break;
            }
            if running.verdict.is_none() {
                if cancel.load(Ordering::Relaxed) {
                    running.verdict = Some(ChildEnd::Cancelled);
                } else if !result && running.watch.expired() {
                    running.verdict = Some(ChildEnd::TimedOut);
                }
            }
            if running.verdict.is_some() {
                kill(running.watch.child);
            }
        }
        let Ended { ended, exited } = serde_json::from_slice(&self.reply()?)?;
        // Everything the child wrote is in the pipe now, and nobody else writes to it.
        self.drain(usize::MAX, &mut running.verdict, sink)?;
        // The zygote now lets go of the child's number.
        self.commands.write_all(b".")?;
        Ok(Some(running.verdict.unwrap_or(ChildEnd::Died {
            status: ended,
            exited,
        })))
    }

    /// Reads up to `rounds` buffers of what is there.
    fn drain(
        &mut self,
        rounds: usize,
        verdict: &mut Option<ChildEnd>,
        sink: &mut Sink<'_>,
    ) -> io::Result<Drained> {
        let mut buffer = [0; 64 << 10];
        let mut drained = Drained::default();
        for _ in 0..rounds {
            match self.results.read(&mut buffer) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(count) => {
                    drained.any = true;
                    if verdict.is_none() {
                        match sink(&buffer[..count]) {
                            Ok(flow) => drained.enough = flow.is_break(),
                            Err(why) => *verdict = Some(ChildEnd::Malformed(why)),
                        }
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(drained)
    }

    fn send(&mut self, data: &[u8]) -> io::Result<()> {
        let mut frame = length_of(data)?.to_vec();
        frame.extend_from_slice(data);
        self.commands.write_all(&frame)
    }

    /// Sends work, and before it the limit of the child's CPU time in seconds, which the child sets
    /// before it looks into the work. It is above what the supervisor's own watch allows.
    fn send_work(&mut self, work: &Work<'_>) -> io::Result<()> {
        let data = serde_json::to_vec(work)?;
        let calls = u32::try_from(work.calls.len()).map_err(io::Error::other)?;
        let limit = work.cpu_seconds.saturating_mul(calls.saturating_add(1));
        let mut frame = length_of(&data)?.to_vec();
        frame.extend_from_slice(&limit.saturating_add(1).to_be_bytes());
        frame.extend_from_slice(&data);
        self.commands.write_all(&frame)
    }

    /// The zygote's next reply; it comes at once or something is wrong.
    fn reply(&mut self) -> io::Result<Vec<u8>> {
        let mut header = [0; 4];
        self.read_reply(&mut header)?;
        let length = u32::from_be_bytes(header);
        if length > 4096 {
            return Err(io::Error::other("an interpreter's reply is malformed"));
        }
        let mut body = vec![0; length as usize];
        self.read_reply(&mut body)?;
        Ok(body)
    }

    fn read_reply(&mut self, buffer: &mut [u8]) -> io::Result<()> {
        let deadline = Instant::now() + PATIENCE;
        let mut filled = 0;
        while filled < buffer.len() {
            let [ready] = poll([self.replies.as_raw_fd()], TICK)?;
            if ready {
                match self.replies.read(&mut buffer[filled..])? {
                    0 => {
                        return Err(io::Error::new(
                            io::ErrorKind::UnexpectedEof,
                            "the interpreter ended",
                        ));
                    }
                    count => filled += count,
                }
            } else if Instant::now() > deadline {
                return Err(io::Error::new(
                    io::ErrorKind::TimedOut,
                    "the interpreter does not answer",
                ));
            }
        }
        Ok(())
    }

    fn kill(&mut self) {
        // Errors mean that it is gone already.
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

impl Drop for Zygote {
    /// The child of the moment, if there is one, gets its death signal from the kernel.
    fn drop(&mut self) {
        self.kill();
    }
}

/// Decides when a call has had its time.
struct Watch {
    child: libc::pid_t,
    cpu_limit: Duration,
    cpu_before: Duration,
    since: Instant,
}

impl Watch {
    fn new(child: libc::pid_t, cpu_limit: Duration) -> Self {
        Self {
            child,
            cpu_limit,
            cpu_before: Duration::ZERO,
            since: Instant::now(),
        }
    }

    /// A report came: the next call's time starts.
    fn progress(&mut self, any: bool) {
        if any {
            self.since = Instant::now();
            self.cpu_before = cpu_time(self.child).unwrap_or(self.cpu_before);
        }
    }

    /// Whether the time is over. CPU time decides; the clock on the wall is for a child that sleeps
    /// although it cannot, and generous, so that a busy machine changes no verdict.
    fn expired(&self) -> bool {
        let used = cpu_time(self.child).unwrap_or_default();
        used.saturating_sub(self.cpu_before) > self.cpu_limit
            || self.since.elapsed() > self.cpu_limit * 8 + Duration::from_secs(10)
    }
}

/// The CPU time of a process so far.
fn cpu_time(process: libc::pid_t) -> Option<Duration> {
    let mut clock = 0;
    let mut time = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: the pointers are to local variables.
    let failed = unsafe {
        libc::clock_getcpuclockid(process, &raw mut clock) != 0
            || libc::clock_gettime(clock, &raw mut time) != 0
    };
    let seconds = u64::try_from(time.tv_sec).ok()?;
    let nanoseconds = u32::try_from(time.tv_nsec).ok()?;
    (!failed).then(|| Duration::new(seconds, nanoseconds))
}

/// The length of a frame, as it goes before it.
fn length_of(data: &[u8]) -> io::Result<[u8; 4]> {
    let length = u32::try_from(data.len()).map_err(io::Error::other)?;
    Ok(length.to_be_bytes())
}

fn kill(process: libc::pid_t) {
    // SAFETY: no pointers. The process is a child of the zygote that was not reaped yet, so the
    // number cannot belong to another one.
    unsafe { libc::kill(process, libc::SIGKILL) };
}

fn set_nonblocking(fd: RawFd) -> io::Result<()> {
    // SAFETY: no pointers.
    unsafe {
        let flags = libc::fcntl(fd, libc::F_GETFL);
        if flags < 0 || libc::fcntl(fd, libc::F_SETFL, flags | libc::O_NONBLOCK) < 0 {
            return Err(io::Error::last_os_error());
        }
    }
    Ok(())
}

/// Waits until something can be read, a pipe was closed, or the time is over.
fn poll<const N: usize>(fds: [RawFd; N], timeout: Duration) -> io::Result<[bool; N]> {
    let mut polled = fds.map(|fd| libc::pollfd {
        fd,
        events: libc::POLLIN,
        revents: 0,
    });
    let count = N as libc::nfds_t;
    let milliseconds = i32::try_from(timeout.as_millis()).unwrap_or(i32::MAX);
    // SAFETY: the pointer is to an array of `count` structures.
    let result = unsafe { libc::poll(polled.as_mut_ptr(), count, milliseconds) };
    if result < 0 {
        let error = io::Error::last_os_error();
        if error.kind() != io::ErrorKind::Interrupted {
            return Err(error);
        }
    }
    Ok(polled.map(|one| one.revents != 0))
}
