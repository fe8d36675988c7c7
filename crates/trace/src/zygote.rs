//! A running zygote: the handshake, and one child after the other.

use std::io::{self, Read as _, Write as _};
use std::os::fd::AsRawFd as _;
use std::path::Path;
use std::process::{ChildStderr, ChildStdin, ChildStdout};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::frame::{Orders, RawReport, length_of};
use crate::incoming::{AFTER_THE_MARK, Incoming, MAX_OUTPUT, Taken};
use crate::pipes::{Wanted, poll, set_nonblocking};
use crate::replay::Asked;
use crate::sandbox::{Launch, Launched, Level};
use crate::settings::Limits;
use crate::shared::JOB_PROBE;
use crate::stop::{Patience, Stop, TICK, interpreter_stopped};
use crate::texts::{BOOT, REPLAY, WITNESS, WORKER};
use crate::tree::{PackageWork, Tree, TreeHello};
use crate::watch::{StopWatch, Verdict, Watch, crash_name};

mod package;
mod running;
mod waiter;

pub(crate) use package::Module;
use package::{Confinement, PackageZygote};
use running::Running;
use waiter::Waiter;

/// Time limit for the start of an interpreter.
const STARTING: Duration = Duration::from_secs(60);
/// Time limit for an answer that needs almost no work.
const ANSWERING: Duration = Duration::from_secs(10);
/// Bytes that are read at once.
const BUFFER: usize = 64 << 10;

/// A sandboxed interpreter that forks children.
pub(crate) struct Zygote {
    process: std::process::Child,
    commands: ChildStdin,
    replies: ChildStdout,
    complaints: ChildStderr,
    results: io::PipeReader,
    frame_cap: usize,
    /// True if children are connected to nothing outside.
    confined: bool,
    /// The child of which is not known yet how it ends.
    running: Option<Running>,
    /// The child of the next one that has imported a further module, where there is one.
    module: Option<PackageZygote>,
    /// The child that has imported a package and makes further ones, where there is one.
    package: Option<PackageZygote>,
    /// Reason that the native recorder is not used, if it is not.
    pub(crate) native_failure: Option<String>,
}

/// End of a child.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ChildEnd {
    /// By itself, with status 0, after the end mark and with nothing after it.
    Clean {
        /// Orders that the program may see.
        orders: Orders,
    },
    /// By itself, otherwise.
    Exited {
        /// With this status.
        status: i32,
    },
    /// By a signal that a fault of the interpreter causes.
    Crashed {
        /// The signal's name.
        signal: &'static str,
    },
    /// Ended, since a call used up its time.
    TimedOut,
    /// Ended, since it waited for something that nobody can give it.
    Blocked(Waiting),
    /// Killed or distrusted for what it wrote.
    Malformed(&'static str),
    /// By something that it cannot have caused. Nothing that it reported counts.
    Disturbed(&'static str),
    /// Killed, since the engine is to stop.
    Cancelled,
}

/// Object that a child waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Waiting {
    /// A lock that it holds itself, or something made of locks. Found at once.
    Lock,
    /// Anything else that takes time and no work.
    Time,
}

/// Work for one child.
#[derive(Debug, Serialize)]
pub(crate) struct Work<'a> {
    pub(crate) kind: &'static str,
    /// CPU time of each call.
    #[serde(skip)]
    pub(crate) cpu_seconds: u32,
    pub(crate) program: &'a str,
    /// The package that the program runs in, if it does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) package: Option<PackageWork<'a>>,
    /// True if each call gets an import of the package of its own.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(crate) fresh: bool,
    /// Seed of the choice of tests, where tests run.
    pub(crate) seed: &'a str,
    /// The half of the evaluations of each call to do; all where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) half: Option<&'static str>,
    /// Number, and setup and expression, of each call.
    pub(crate) calls: Vec<(usize, (&'a str, &'a str))>,
    /// Questions to the witness about each call; empty for the worker.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) asked: Vec<&'a Asked>,
}

impl ChildEnd {
    /// True if the child's earlier reports may not be the effect of its calls.
    pub(crate) fn is_suspect(self) -> bool {
        matches!(
            self,
            Self::Exited { .. } | Self::Crashed { .. } | Self::Malformed(_)
        )
    }

    /// By itself, with status 0.
    const BY_ITSELF: Self = Self::Exited { status: 0 };
}

/// Takes what a child writes. It may say what is wrong with that.
type Sink<'s> = dyn FnMut(&[u8]) -> Result<Taken, &'static str> + 's;

/// Purpose of an interpreter.
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
    /// Tells `verify` what happens. It is another program than the worker, and shares no Python with it.
    Witness,
}

#[derive(Serialize)]
struct Hello<'a> {
    limits: &'a Limits,
    replay: &'a str,
    ballast: u32,
    role: Role,
    /// The filters as hexadecimal digits; empty for none.
    zygote_filters: &'a [String],
    child_filter: &'a str,
    /// True if no file can be opened later, so that all of the standard library is loaded at the start.
    preload_all: bool,
    /// The native recorder.
    native: Option<&'a Path>,
    /// The files of a source.
    tree: Option<TreeHello<'a>>,
    /// Confinement of a child that imports a package.
    package_zygote: Option<Confinement<'a>>,
}

#[derive(Deserialize)]
struct Ready {
    /// Reason that the native recorder is not used, if it is not.
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
    pub(crate) fn start(
        mut launch: Launch<'_>,
        limits: &Limits,
        role: Role,
        tree: Option<&Tree>,
        stop: &Stop,
    ) -> io::Result<Self> {
        launch.boot = if role == Role::Witness { WITNESS } else { BOOT };
        launch.utf8_mode = role == Role::First || !launch.interpreter.has_utf8_locale();
        let filters = launch.filters;
        let (zygote_filters, child_filter) = match launch.level {
            Level::Namespaces | Level::Landlock => (&filters.zygote[..], filters.child.as_str()),
            Level::Seccomp => (&filters.zygote[..], filters.closed.as_str()),
            Level::None => (&[][..], ""),
        };
        let hello = Hello {
            limits,
            replay: REPLAY,
            ballast: launch.hash_seed % 97,
            role,
            zygote_filters,
            child_filter,
            preload_all: launch.level == Level::Seccomp,
            native: launch.native,
            tree: tree.map(|tree| TreeHello::new(tree, role == Role::First)),
            package_zygote: Confinement::at(launch.level, filters),
        };
        let hello = serde_json::to_vec(&hello)?;
        let confined = launch.level != Level::None;
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
            confined,
            running: None,
            module: None,
            package: None,
            native_failure: None,
            frame_cap: (limits.trace_bytes as usize + limits.stdout_bytes as usize) * 8 + (1 << 20),
        };
        zygote.native_failure = zygote
            .shake_hands(&hello, role, stop)
            .map_err(|error| zygote.explain(&error))?;
        Ok(zygote)
    }

    fn shake_hands(&mut self, hello: &[u8], role: Role, stop: &Stop) -> io::Result<Option<String>> {
        set_nonblocking(self.commands.as_raw_fd())?;
        set_nonblocking(self.results.as_raw_fd())?;
        set_nonblocking(self.complaints.as_raw_fd())?;
        // The witness is started with its own text; the worker's is sent.
        let worker = (role != Role::Witness).then_some(WORKER.as_bytes());
        for data in worker.into_iter().chain([hello]) {
            self.write(&length_of(data)?, STARTING, stop)?;
            self.write(data, STARTING, stop)?;
        }
        let Ready { native_failure } = serde_json::from_slice(&self.reply(STARTING, stop)?)?;
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
            // What has a reason is no disturbance.
            Some(line) => io::Error::other(format!("{error}; the interpreter said: {line}")),
            None => io::Error::new(error.kind(), error.to_string()),
        }
    }

    /// Forks a child that tries what must fail. An error says what did not fail.
    pub(crate) fn test_sandbox(&mut self, stop: &Stop) -> io::Result<()> {
        let work = Work {
            kind: JOB_PROBE,
            cpu_seconds: 1,
            program: "",
            package: None,
            fresh: false,
            seed: "",
            half: None,
            calls: Vec::new(),
            asked: Vec::new(),
        };
        let mut bytes = Vec::new();
        self.start_child(&work, stop)?;
        self.watch(stop, &mut |part| {
            bytes.extend_from_slice(part);
            Ok(Taken::Part)
        })?;
        let done: Vec<String> = bytes
            .get(4..)
            .and_then(|json| serde_json::from_slice(json).ok())
            .ok_or_else(|| {
                let why = "the sandbox's self-test gave no answer";
                io::Error::new(io::ErrorKind::UnexpectedEof, why)
            })?;
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
    /// did, and has to come before the next child. A child that has told enough is ended, and that is a good end.
    /// An error means that the zygote itself is gone or confused and must be replaced.
    pub(crate) fn run(
        &mut self,
        work: &Work<'_>,
        stop: &Stop,
        reports: &mut dyn FnMut(RawReport) -> bool,
    ) -> io::Result<ChildEnd> {
        let expected = work.calls.iter().map(|(number, _)| *number).collect();
        let mut incoming = Incoming::new(self.frame_cap, expected);
        self.start_child(work, stop)?;
        let ended = self.watch(stop, &mut |part| incoming.take(part, reports))?;
        if incoming.is_enough {
            if let Some(running) = &mut self.running {
                running.verdict = Some(ChildEnd::BY_ITSELF);
                running.kill();
            }
            let orders = Orders::default();
            return Ok(ChildEnd::Clean { orders });
        }
        Ok(
            match (ended.unwrap_or(ChildEnd::BY_ITSELF), incoming.mark) {
                (ChildEnd::BY_ITSELF, Some(orders)) => ChildEnd::Clean { orders },
                (ended, _) => ended,
            },
        )
    }

    /// Waits for the end of a child that has written its end mark, if there is one. Gives how it ended where
    /// that was not by itself, with status 0 and with nothing after the mark.
    pub(crate) fn settle(&mut self, stop: &Stop) -> io::Result<Option<ChildEnd>> {
        if self.running.is_none() {
            return Ok(None);
        }
        let ended = self.watch(stop, &mut |_| Err(AFTER_THE_MARK))?;
        Ok(ended.filter(|ended| *ended != ChildEnd::BY_ITSELF))
    }

    fn start_child(&mut self, work: &Work<'_>, stop: &Stop) -> io::Result<()> {
        self.permit(stop)?;
        let seconds = self.send_work(work, stop)?;
        let Started { started: child } = serde_json::from_slice(&self.reply(ANSWERING, stop)?)?;
        let process = self
            .importer()
            .map(|package| package.child(child))
            .transpose()?;
        self.running = Some(Running {
            watch: Watch::new(
                child,
                self.confined,
                Duration::from_secs(work.cpu_seconds.into()),
                Duration::from_secs(seconds.into()),
            ),
            verdict: None,
            process,
        });
        Ok(())
    }

    /// Watches the child until it ends, or until the sink has all. The sink gets what the child writes,
    /// and an error from it has the child killed.
    fn watch(&mut self, stop: &Stop, sink: &mut Sink<'_>) -> io::Result<Option<ChildEnd>> {
        let no_child = || io::Error::other("there is no child to watch");
        let mut running = self.running.take().ok_or_else(no_child)?;
        if !self.attend(&mut running, stop, sink)? {
            self.running = Some(running);
            return Ok(None);
        }
        let Ended { ended, exited } = serde_json::from_slice(&self.reply(ANSWERING, stop)?)?;
        if let Some(process) = &running.process
            && !process.ends(ANSWERING, stop)?
        {
            return Err(io::Error::other("a child was said to have ended"));
        }
        // Everything the child wrote is in the pipe now, and nobody else writes to it.
        self.drain(MAX_OUTPUT / BUFFER, &mut running.verdict, sink)?;
        let spent = running.watch.is_spent();
        // The zygote now lets go of the child's number.
        self.write(b".", ANSWERING, stop)?;
        let found = || self.ending(ended, exited, spent);
        Ok(Some(running.verdict.unwrap_or_else(found)))
    }

    /// Watches a child until there is a reply, or, which `false` says, until the sink has all.
    fn attend(
        &mut self,
        running: &mut Running,
        stop: &Stop,
        sink: &mut Sink<'_>,
    ) -> io::Result<bool> {
        let mut interpreter = StopWatch::new(self.process_id()?);
        let mut dying: Option<Patience> = None;
        loop {
            let [reply, result] = poll(
                [
                    (self.replies.as_raw_fd(), Wanted::Reading),
                    (self.results.as_raw_fd(), Wanted::Reading),
                ],
                TICK,
            )?;
            if result {
                match self.drain(1, &mut running.verdict, sink)? {
                    Taken::Part => {}
                    Taken::Whole => running.watch.progress(),
                    Taken::All => return Ok(false),
                }
            }
            if reply {
                return Ok(true);
            }
            if running.verdict.is_none() {
                running.verdict = match running.watch.look() {
                    _ if stop.requested() => Some(ChildEnd::Cancelled),
                    Some(Verdict::TimedOut) => Some(ChildEnd::TimedOut),
                    Some(Verdict::Asleep) => Some(ChildEnd::Blocked(Waiting::Time)),
                    Some(Verdict::Stopped) => Some(ChildEnd::Disturbed("somebody stopped it")),
                    None => None,
                };
            }
            if interpreter.is_stopped() && running.verdict.is_none() {
                return Err(interpreter_stopped());
            }
            if running.verdict.is_some() {
                running.kill();
                if dying
                    .get_or_insert_with(|| Patience::of(ANSWERING))
                    .is_over()
                    || interpreter.is_stopped()
                {
                    return Err(io::Error::other(
                        "the interpreter does not say how its child ended",
                    ));
                }
            }
        }
    }

    /// End of a child that was not killed here, from its status or signal, and from whether it had used up
    /// the kernel's limit of CPU time.
    fn ending(&self, ended: i32, exited: bool, spent: bool) -> ChildEnd {
        if exited {
            return ChildEnd::Exited { status: ended };
        }
        match (ended, crash_name(ended)) {
            (_, Some(signal)) => ChildEnd::Crashed { signal },
            // What the filters do to a child that is about to wait without an end. (A call by the interface
            // of another processor ends so too; Python code makes none.)
            (libc::SIGSYS, _) if self.confined => ChildEnd::Blocked(Waiting::Lock),
            (libc::SIGKILL | libc::SIGXCPU, _) if spent => ChildEnd::TimedOut,
            // No program can send any.
            (libc::SIGKILL, _) => {
                ChildEnd::Disturbed("somebody, or a system short of memory, killed it")
            }
            _ => ChildEnd::Disturbed("somebody sent it a signal"),
        }
    }

    /// Reads up to `rounds` buffers of what is there.
    fn drain(
        &mut self,
        rounds: usize,
        verdict: &mut Option<ChildEnd>,
        sink: &mut Sink<'_>,
    ) -> io::Result<Taken> {
        let mut buffer = [0; BUFFER];
        let mut taken = Taken::Part;
        for _ in 0..rounds {
            match self.results.read(&mut buffer) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(count) if verdict.is_none() => match sink(&buffer[..count]) {
                    Ok(Taken::Part) => {}
                    Ok(more) => taken = more,
                    Err(why) => *verdict = Some(ChildEnd::Malformed(why)),
                },
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(taken)
    }

    /// Sends work, and before it the limit of the child's CPU time in seconds, which the child sets
    /// before it looks into the work, and which this gives. It is above what the supervisor's own watch
    /// allows.
    fn send_work(&mut self, work: &Work<'_>, stop: &Stop) -> io::Result<u32> {
        let data = serde_json::to_vec(work)?;
        let calls = u32::try_from(work.calls.len()).map_err(io::Error::other)?;
        let limit = work.cpu_seconds.saturating_mul(calls.saturating_add(1));
        let limit = limit.saturating_add(1);
        let mut frame = length_of(&data)?.to_vec();
        frame.extend_from_slice(&limit.to_be_bytes());
        frame.extend_from_slice(&data);
        self.write(&frame, ANSWERING, stop)?;
        Ok(limit)
    }

    /// Writes to the interpreter. One that takes nothing for so long is given up.
    fn write(&mut self, mut bytes: &[u8], patience: Duration, stop: &Stop) -> io::Result<()> {
        let mut waiting = Waiter::new(self.process_id()?, patience);
        while !bytes.is_empty() {
            match self.commands.write(bytes) {
                Ok(count) => bytes = &bytes[count..],
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    poll([(self.commands.as_raw_fd(), Wanted::Writing)], TICK)?;
                    waiting.check(stop)?;
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// The zygote's next reply; it comes soon or something is wrong.
    fn reply(&mut self, patience: Duration, stop: &Stop) -> io::Result<Vec<u8>> {
        self.reply_of(4096, patience, stop)
    }

    fn reply_of(&mut self, limit: u32, patience: Duration, stop: &Stop) -> io::Result<Vec<u8>> {
        let mut header = [0; 4];
        self.read_reply(&mut header, patience, stop)?;
        let length = u32::from_be_bytes(header);
        if length > limit {
            return Err(io::Error::other("an interpreter's reply is malformed"));
        }
        let mut body = vec![0; length as usize];
        self.read_reply(&mut body, patience, stop)?;
        Ok(body)
    }

    fn read_reply(&mut self, buffer: &mut [u8], patience: Duration, stop: &Stop) -> io::Result<()> {
        let mut waiting = Waiter::new(self.process_id()?, patience);
        let mut filled = 0;
        while filled < buffer.len() {
            let [ready] = poll([(self.replies.as_raw_fd(), Wanted::Reading)], TICK)?;
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
            } else {
                waiting.check(stop)?;
            }
        }
        Ok(())
    }

    fn process_id(&self) -> io::Result<libc::pid_t> {
        libc::pid_t::try_from(self.process.id()).map_err(io::Error::other)
    }

    fn kill(&mut self) {
        // Errors mean that it is gone already.
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

impl Drop for Zygote {
    fn drop(&mut self) {
        (self.module, self.package) = (None, None);
        self.kill(); // The child of the moment gets its death signal from the kernel.
    }
}
