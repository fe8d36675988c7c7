//! seccomp: which system calls may be made, by allowlist, with the architecture checked.
//!
//! Three programs, stacked, so that each can only take away:
//! 1. for the launched process: what Python needs to start and a zygote to fork, `execve` included,
//!    since the filter is in force before Python is executed;
//! 2. for the zygote once it runs: no further `execve`, and no wait without an end. A child is the only
//!    thread of its process and shares memory with nobody, so what it waits for in a lock never comes:
//!    it is ended at once, by a signal that tells what happened, on every machine alike;
//! 3. for a child: no process, thread or signal, no socket but a pair of its own, no file opened for
//!    writing, no metadata changed, no limit raised. The first program denies what is not listed already, so this one
//!    lists what only the zygote needs: a child pays for each instruction of it, since the kernel
//!    translates it anew and tries it on every system call that there is.
//!
//! What is not listed fails with `EPERM`. A system call of another architecture kills the process;
//! on `x86_64` the calls of the x32 interface have numbers of their own, which are not listed.

use std::collections::BTreeMap;
use std::io;

use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
    SeccompRule,
};

/// The two seccomp programs.
pub(crate) struct Filters {
    /// Installed before Python is executed, in the form that the kernel takes.
    pub(super) launch: Vec<libc::sock_filter>,
    /// For the zygote to install, as hexadecimal digits of the kernel's form.
    pub(crate) zygote: [String; 2],
    /// For a child to install, likewise.
    pub(crate) child: String,
    /// Likewise where no Landlock guards the files: nothing is opened or listed any more.
    pub(crate) closed: String,
    /// For a process that has imported a package and makes children: each of its forks waits until the
    /// supervisor permits it.
    pub(crate) gate: String,
    /// The rest of its confinement, first where Landlock guards the files and then where none does.
    pub(crate) package: [String; 2],
}

impl Filters {
    /// Compiles the programs for this machine.
    pub(crate) fn compile() -> io::Result<Self> {
        let mut launch = child_rules()?;
        launch.extend(launch_rules()?);
        let launch = program(launch, denied(), SeccompAction::Allow)?;
        let executes = [libc::SYS_execve, libc::SYS_execveat];
        let executes = program(unconditional(&executes), SeccompAction::Allow, denied())?;
        let waits = program(endless_waits()?, SeccompAction::Allow, SeccompAction::Trap)?;
        let mut rules = child_denials()?;
        let child = program(rules.clone(), SeccompAction::Allow, denied())?;
        let child = [pretended(), child].concat();
        rules.extend(unconditional(OPENING));
        let closed = program(rules, SeccompAction::Allow, denied())?;
        let closed = [pretended(), closed].concat();
        let mut rules = package_denials()?;
        let package = program(rules.clone(), SeccompAction::Allow, denied())?;
        rules.extend(unconditional(OPENING));
        let package_closed = program(rules, SeccompAction::Allow, denied())?;
        let package = [package, package_closed].map(|rest| [pretended(), rest].concat());
        Ok(Self {
            launch: launch.iter().map(kernel_form).collect(),
            zygote: [hexadecimal(&executes), hexadecimal(&waits)],
            child: hexadecimal(&child),
            closed: hexadecimal(&closed),
            gate: hexadecimal(&asked_for(libc::SYS_clone)),
            package: package.map(|package| hexadecimal(&package)),
        })
    }
}

/// System calls that open, list or examine a file by its path.
const OPENING: &[i64] = &[
    libc::SYS_openat,
    libc::SYS_getdents64,
    libc::SYS_newfstatat,
    libc::SYS_faccessat,
    libc::SYS_faccessat2,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_open,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_stat,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_lstat,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_access,
];

/// Says that a socket does not block from now on, and leaves it as it is: an event loop asks for that. To
/// do it would be too much, since a pipe to the supervisor, which further children have, could be changed
/// in the same way. To be put before a program that looks at the architecture, since numbers of calls
/// mean something else on another one: there this one decides nothing that matters.
fn pretended() -> BpfProgram {
    let load = |offset| step(libc::BPF_LD | libc::BPF_W | libc::BPF_ABS, 0, 0, offset);
    let unless = |value, jump| step(libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K, 0, jump, value);
    // The kernel's `struct seccomp_data`: number, architecture, place, arguments of 64 bits.
    let (number, second_argument) = (0, 24 + if cfg!(target_endian = "big") { 4 } else { 0 });
    vec![
        load(number),
        unless(libc::SYS_ioctl as u32, 3),
        load(second_argument),
        unless(libc::FIONBIO as u32, 1),
        step(libc::BPF_RET | libc::BPF_K, 0, 0, libc::SECCOMP_RET_ERRNO),
    ]
}

/// One instruction of a filter.
fn step(code: u32, jt: u8, jf: u8, k: u32) -> seccompiler::sock_filter {
    seccompiler::sock_filter {
        // All codes fit 16 bits.
        code: code as u16,
        jt,
        jf,
        k,
    }
}

/// Has the supervisor decide on a system call. Another filter refuses it where it refuses the calls of other
/// architectures.
fn asked_for(call: i64) -> BpfProgram {
    let give = |action| step(libc::BPF_RET | libc::BPF_K, 0, 0, action);
    vec![
        step(libc::BPF_LD | libc::BPF_W | libc::BPF_ABS, 0, 0, 0),
        step(
            libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K,
            0,
            1,
            call as u32,
        ),
        give(libc::SECCOMP_RET_USER_NOTIF),
        give(libc::SECCOMP_RET_ALLOW),
    ]
}

/// Waits in a lock that nobody else can give back, without a limit of time.
fn endless_waits() -> io::Result<Rules> {
    // Without the bits for memory of one process and for the kind of clock.
    let operation = u64::from((libc::FUTEX_PRIVATE_FLAG - 1).unsigned_abs());
    let no_limit = || {
        SeccompCondition::new(3, SeccompCmpArgLen::Qword, SeccompCmpOp::Eq, 0)
            .map_err(io::Error::other)
    };
    let waits = [libc::FUTEX_WAIT, libc::FUTEX_WAIT_BITSET]
        .map(|wait| {
            let wait = u64::from(wait.unsigned_abs());
            let wait = argument(1, SeccompCmpOp::MaskedEq(operation), wait)?;
            rule(vec![wait, no_limit()?])
        })
        .into_iter()
        .collect::<io::Result<_>>()?;
    Ok(Rules::from([(libc::SYS_futex, waits)]))
}

type Rules = BTreeMap<i64, Vec<SeccompRule>>;

fn denied() -> SeccompAction {
    SeccompAction::Errno(libc::EPERM.unsigned_abs())
}

fn program(
    rules: Rules,
    otherwise: SeccompAction,
    matched: SeccompAction,
) -> io::Result<BpfProgram> {
    let machine = std::env::consts::ARCH
        .try_into()
        .map_err(|_| io::Error::other("no system call filter for this processor"))?;
    SeccompFilter::new(rules, otherwise, matched, machine)
        .and_then(BpfProgram::try_from)
        .map_err(io::Error::other)
}

fn kernel_form(step: &seccompiler::sock_filter) -> libc::sock_filter {
    libc::sock_filter {
        code: step.code,
        jt: step.jt,
        jf: step.jf,
        k: step.k,
    }
}

fn hexadecimal(program: &BpfProgram) -> String {
    let bytes = program.iter().flat_map(|step| {
        let [c0, c1] = step.code.to_ne_bytes();
        let [k0, k1, k2, k3] = step.k.to_ne_bytes();
        [c0, c1, step.jt, step.jf, k0, k1, k2, k3]
    });
    bytes.map(|byte| format!("{byte:02x}")).collect()
}

fn unconditional(calls: &[i64]) -> Rules {
    calls.iter().map(|call| (*call, Vec::new())).collect()
}

/// Condition on an argument that the kernel reads as 32 bits.
fn argument(index: u8, test: SeccompCmpOp, value: u64) -> io::Result<SeccompCondition> {
    SeccompCondition::new(index, SeccompCmpArgLen::Dword, test, value).map_err(io::Error::other)
}

fn rule(conditions: Vec<SeccompCondition>) -> io::Result<SeccompRule> {
    SeccompRule::new(conditions).map_err(io::Error::other)
}

/// System calls of a child: memory, time, reading files that Landlock permits, writing to open descriptors
/// (its results pipe and `/dev/null`), ending. An event loop also needs a pair of connected sockets on which
/// only `write` works, a poll that does not wait, and a handler of `SIGINT`, which only the terminal sends.
fn child_rules() -> io::Result<Rules> {
    let mut rules = unconditional(CHILD_CALLS);
    rules.extend(unconditional(OLD_CALLS));
    add_file_rules(&mut rules)?;
    add_other_rules(&mut rules)?;
    Ok(rules)
}

/// The system calls that a child may make with any arguments.
const CHILD_CALLS: &[i64] = &[
    libc::SYS_read,
    libc::SYS_pread64,
    libc::SYS_readv,
    libc::SYS_write,
    libc::SYS_writev,
    libc::SYS_close,
    libc::SYS_lseek,
    libc::SYS_fstat,
    libc::SYS_newfstatat,
    libc::SYS_faccessat,
    libc::SYS_faccessat2,
    libc::SYS_getdents64,
    libc::SYS_getcwd,
    libc::SYS_mmap,
    libc::SYS_munmap,
    libc::SYS_mremap,
    libc::SYS_mprotect,
    libc::SYS_madvise,
    libc::SYS_brk,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigreturn,
    libc::SYS_sigaltstack,
    libc::SYS_futex,
    libc::SYS_sched_yield,
    libc::SYS_sched_getaffinity,
    libc::SYS_getpid,
    libc::SYS_getppid,
    libc::SYS_gettid,
    libc::SYS_getuid,
    libc::SYS_geteuid,
    libc::SYS_getgid,
    libc::SYS_getegid,
    libc::SYS_getrandom,
    libc::SYS_clock_gettime,
    libc::SYS_clock_getres,
    libc::SYS_gettimeofday,
    libc::SYS_times,
    libc::SYS_getrusage,
    libc::SYS_sysinfo,
    libc::SYS_getsockname,
    libc::SYS_epoll_create1,
    libc::SYS_epoll_ctl,
    libc::SYS_restart_syscall,
    libc::SYS_exit,
    libc::SYS_exit_group,
];

/// Those that newer architectures lack.
#[cfg(target_arch = "x86_64")]
const OLD_CALLS: &[i64] = &[
    libc::SYS_stat,
    libc::SYS_lstat,
    libc::SYS_access,
    libc::SYS_time,
];
#[cfg(not(target_arch = "x86_64"))]
const OLD_CALLS: &[i64] = &[];

/// Permits opening files for reading, and asking about descriptors.
fn add_file_rules(rules: &mut Rules) -> io::Result<()> {
    let writing = libc::O_WRONLY
        | libc::O_RDWR
        | libc::O_CREAT
        | libc::O_TRUNC
        | libc::O_APPEND
        // `O_TMPFILE` without the bits of `O_DIRECTORY`, which is harmless.
        | (libc::O_TMPFILE & !libc::O_DIRECTORY);
    let mask = u64::from(writing.unsigned_abs());
    let reads = |index| rule(vec![argument(index, SeccompCmpOp::MaskedEq(mask), 0)?]);
    rules.insert(libc::SYS_openat, vec![reads(2)?]);
    #[cfg(target_arch = "x86_64")]
    rules.insert(libc::SYS_open, vec![reads(1)?]);
    let queries = QUERIES
        .iter()
        .map(|query| {
            rule(vec![argument(
                1,
                SeccompCmpOp::Eq,
                u64::from(query.unsigned_abs()),
            )?])
        })
        .collect::<io::Result<Vec<_>>>()?;
    rules.insert(libc::SYS_fcntl, queries);
    Ok(())
}

/// Permits a pair of connected sockets, asking `epoll` without waiting, handling one signal, and reading its
/// own limits.
fn add_other_rules(rules: &mut Rules) -> io::Result<()> {
    let kind = !u64::from((libc::SOCK_NONBLOCK | libc::SOCK_CLOEXEC).unsigned_abs()) & 0xffff_ffff;
    let stream = u64::from(libc::SOCK_STREAM.unsigned_abs());
    let pair = rule(vec![
        argument(0, SeccompCmpOp::Eq, u64::from(libc::AF_UNIX.unsigned_abs()))?,
        argument(1, SeccompCmpOp::MaskedEq(kind), stream)?,
        argument(2, SeccompCmpOp::Eq, 0)?,
    ])?;
    rules.insert(libc::SYS_socketpair, vec![pair]);
    let at_once = || rule(vec![argument(3, SeccompCmpOp::Eq, 0)?]);
    rules.insert(libc::SYS_epoll_pwait, vec![at_once()?]);
    #[cfg(target_arch = "x86_64")]
    rules.insert(libc::SYS_epoll_wait, vec![at_once()?]);
    let interrupt = argument(0, SeccompCmpOp::Eq, INTERRUPT)?;
    rules.insert(libc::SYS_rt_sigaction, vec![rule(vec![interrupt])?]);
    // Limits can be read, its own only.
    let no_new_limit = SeccompCondition::new(2, SeccompCmpArgLen::Qword, SeccompCmpOp::Eq, 0)
        .map_err(io::Error::other)?;
    let own_limit = rule(vec![argument(0, SeccompCmpOp::Eq, 0)?, no_new_limit])?;
    rules.insert(libc::SYS_prlimit64, vec![own_limit]);
    Ok(())
}

/// The signal that a child may handle.
const INTERRUPT: u64 = libc::SIGINT.unsigned_abs() as u64;

/// Commands of `fcntl` on an open file.
const QUERIES: [libc::c_int; 3] = [libc::F_GETFD, libc::F_GETFL, libc::F_SETFD];

/// System calls that the first program permits and [`child_rules`] does not.
fn child_denials() -> io::Result<Rules> {
    let only_zygote: Vec<i64> = launch_rules()?.into_keys().collect();
    let mut rules = unconditional(&only_zygote);
    let other_than =
        |value: libc::c_int| argument(1, SeccompCmpOp::Ne, u64::from(value.unsigned_abs()));
    let no_query = QUERIES
        .map(other_than)
        .into_iter()
        .collect::<io::Result<_>>()?;
    rules.insert(libc::SYS_fcntl, vec![rule(no_query)?]);
    let other_signal = argument(0, SeccompCmpOp::Ne, INTERRUPT)?;
    rules.insert(libc::SYS_rt_sigaction, vec![rule(vec![other_signal])?]);
    let other_process = argument(0, SeccompCmpOp::Ne, 0)?;
    let new_limit = SeccompCondition::new(2, SeccompCmpArgLen::Qword, SeccompCmpOp::Ne, 0)
        .map_err(io::Error::other)?;
    let limits = vec![rule(vec![other_process])?, rule(vec![new_limit])?];
    rules.insert(libc::SYS_prlimit64, limits);
    Ok(rules)
}

/// The denials for a process that has imported a package: those for its children, but for what it takes to make
/// them and to confine them. Its death signal stays, and so do the limits of other processes.
fn package_denials() -> io::Result<Rules> {
    let mut rules = child_denials()?;
    for call in [
        libc::SYS_clone,
        libc::SYS_waitid,
        libc::SYS_wait4,
        libc::SYS_set_robust_list,
        libc::SYS_rseq,
        libc::SYS_dup3,
        #[cfg(target_arch = "x86_64")]
        libc::SYS_dup2,
    ] {
        rules.remove(&call);
    }
    let other_than = |index, value: libc::c_int| {
        argument(index, SeccompCmpOp::Ne, u64::from(value.unsigned_abs()))
    };
    let death = u64::from(libc::PR_SET_PDEATHSIG.unsigned_abs());
    let requests = vec![
        rule(vec![
            other_than(0, libc::PR_SET_PDEATHSIG)?,
            other_than(0, libc::PR_SET_SECCOMP)?,
        ])?,
        rule(vec![
            argument(0, SeccompCmpOp::Eq, death)?,
            other_than(1, libc::SIGKILL)?,
        ])?,
    ];
    rules.insert(libc::SYS_prctl, requests);
    let other_process = argument(0, SeccompCmpOp::Ne, 0)?;
    rules.insert(libc::SYS_prlimit64, vec![rule(vec![other_process])?]);
    Ok(rules)
}

/// System calls that Python needs to start, and a zygote to make children, in addition to [`child_rules`].
fn launch_rules() -> io::Result<Rules> {
    let mut rules = unconditional(&[
        libc::SYS_execve,
        libc::SYS_wait4,
        libc::SYS_waitid,
        libc::SYS_set_tid_address,
        libc::SYS_set_robust_list,
        libc::SYS_rseq,
        libc::SYS_rt_sigaction,
        libc::SYS_ioctl,
        libc::SYS_fcntl,
        libc::SYS_dup,
        libc::SYS_dup3,
        libc::SYS_prlimit64,
        libc::SYS_prctl,
        libc::SYS_seccomp,
        libc::SYS_ppoll,
        libc::SYS_statfs,
        libc::SYS_statx,
        libc::SYS_readlinkat,
        libc::SYS_uname,
        libc::SYS_close_range,
    ]);
    #[cfg(target_arch = "x86_64")]
    rules.extend(unconditional(&[
        libc::SYS_arch_prctl,
        libc::SYS_dup2,
        libc::SYS_poll,
        libc::SYS_fork,
        libc::SYS_getrlimit,
        libc::SYS_readlink,
    ]));
    // A new process, but none in namespaces of its own and no thread. `clone3`, whose flags a
    // filter cannot see, is left out.
    let forbidden = libc::CLONE_NEWNS
        | libc::CLONE_NEWUSER
        | libc::CLONE_NEWPID
        | libc::CLONE_NEWNET
        | libc::CLONE_NEWIPC
        | libc::CLONE_NEWUTS
        | libc::CLONE_NEWCGROUP
        | libc::CLONE_THREAD;
    let mask = u64::from(forbidden.unsigned_abs());
    let plain = rule(vec![argument(0, SeccompCmpOp::MaskedEq(mask), 0)?])?;
    rules.insert(libc::SYS_clone, vec![plain]);
    Ok(rules)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_fit_the_kernel_and_are_whole_instructions() {
        let filters = Filters::compile().expect("this machine is supported");
        assert!(filters.launch.len() < 4096);
        assert_eq!(filters.child.len() % 16, 0);
        assert_eq!(filters.closed.len() % 16, 0);
        assert!(filters.closed.len() > filters.child.len());
        assert!(filters.zygote.iter().all(|filter| filter.len() % 16 == 0));
    }

    #[test]
    fn a_child_keeps_nothing_that_only_the_zygote_needs() {
        let (child, denied) = (child_rules().unwrap(), child_denials().unwrap());
        for (call, rules) in launch_rules().unwrap() {
            assert!(rules.is_empty() || call == libc::SYS_clone, "{call}");
            let permitted = child.get(&call).is_some_and(Vec::is_empty);
            assert!(!permitted && denied.contains_key(&call), "{call}");
            // With conditions only where a child has conditions, too.
            assert_eq!(
                denied[&call].is_empty(),
                !child.contains_key(&call),
                "{call}"
            );
        }
    }
}
