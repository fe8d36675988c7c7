//! Commits of repositories into a cache on this machine, by the user's own `git`.
//!
//! Fetching is left to git itself and not to a library, so that every transport, `url.<base>.insteadOf`,
//! proxies, certificates and credential helpers behave exactly as the user configured them.

#![expect(
    clippy::disallowed_methods,
    reason = "the errors of this module name the path"
)]

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use git2::{ObjectType, Oid, Repository};

use crate::error::CrawlError;
use crate::process;
use crate::url::{self, Rewrites};

/// Variables that would lead git away from the cache's repository, or make it print requests with their
/// secrets.
const FOREIGN_VARIABLES: &[&str] = &[
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR",
    "GIT_NAMESPACE",
    "GIT_SHALLOW_FILE",
    "GIT_TRACE",
    "GIT_TRACE_CURL",
    "GIT_TRACE_PACKET",
    "GIT_CURL_VERBOSE",
];

/// Settings of the user that concern work on repositories rather than reaching them. Reference logs would
/// contain the URL as it was given.
const SETTINGS: &[&str] = &[
    "core.hooksPath=/dev/null",
    "core.logAllRefUpdates=false",
    "fetch.prune=false",
    "fetch.recurseSubmodules=false",
    "fetch.writeCommitGraph=false",
    "gc.auto=0",
    "maintenance.auto=false",
    "protocol.ext.allow=never",
];

/// Interval between checks for another process's lock on a cached repository.
const LOCK_PAUSE: Duration = Duration::from_millis(50);

/// A revision to fetch.
pub(crate) struct Wanted<'a> {
    /// Anything git understands.
    pub(crate) url: &'a str,
    /// URL replacements of the user's git configuration.
    pub(crate) rewrites: &'a Rewrites,
    /// A branch, tag or commit; `None` for the remote's HEAD.
    pub(crate) revision: Option<&'a str>,
    /// True to fetch only the one commit.
    pub(crate) shallow: bool,
    /// True if the network must not be used.
    pub(crate) offline: bool,
}

/// A commit that is in the cache.
pub(crate) struct Fetched {
    /// The bare repository.
    pub(crate) folder: PathBuf,
    /// Id of the commit.
    pub(crate) commit: Oid,
    /// Its day in UTC, as `YYYY-MM-DD`.
    pub(crate) date: String,
    /// Id of the commit's tree.
    pub(crate) tree: Oid,
}

impl Fetched {
    fn find(folder: &Path, commit: Oid) -> Result<Self, git2::Error> {
        let repository = Repository::open_bare(folder)?;
        let found = repository.find_commit(commit)?;
        Ok(Self {
            folder: folder.to_owned(),
            commit,
            date: day(found.time().seconds()),
            tree: found.tree()?.id(),
        })
    }
}

/// The day of a time in seconds, in UTC; a time that no calendar has is no day.
fn day(seconds: i64) -> String {
    chrono::DateTime::from_timestamp(seconds, 0)
        .map(|time| time.format("%Y-%m-%d").to_string())
        .unwrap_or_default()
}

/// True if a text can be the name of a branch, tag or commit. Characters with a special function in git's
/// command line or in reference specifications are excluded.
pub(crate) fn is_revision(text: &str) -> bool {
    let meaning = |c: char| c.is_control() || c.is_whitespace() || "~^:?*[\\".contains(c);
    !text.is_empty()
        && !text.starts_with(['-', '+', '/'])
        && !text.ends_with(['/', '.'])
        && !["..", "//", "@{"].iter().any(|bad| text.contains(bad))
        && !text.contains(meaning)
}

/// The id that a revision is, if it is a full one.
fn commit_id(revision: &str) -> Option<Oid> {
    let full = revision.len() == 40 && revision.bytes().all(|byte| byte.is_ascii_hexdigit());
    Oid::from_str(revision).ok().filter(|_| full)
}

/// The URL rules of the user's git; none where git cannot be asked, which the first fetch will report.
pub(crate) fn rewrites(stop: &AtomicBool) -> Rewrites {
    let mut command = git(Path::new("/"));
    command.args(["config", "-z", "--get-regexp", r"^url\..*\.insteadof$"]);
    process::run(command.stdin(Stdio::null()), stop).map_or_else(
        |_| Rewrites::default(),
        |done| Rewrites::parse(&done.stdout),
    )
}

/// Resolves the revision to a commit, fetching what the cache does not have.
pub(crate) fn fetch(
    wanted: &Wanted<'_>,
    cache: &Path,
    stop: &AtomicBool,
) -> Result<Fetched, CrawlError> {
    let plain = url::without_credentials(wanted.url);
    // The user's own configuration can give a short name to an address.
    let asked = wanted.rewrites.apply(wanted.url);
    if url::is_dangerous(wanted.url) || url::names_a_helper(&asked) {
        return Err(CrawlError::DangerousUrl(plain));
    }
    let request = Request {
        wanted,
        folder: cache_folder(&plain, cache)?,
        stop,
    };
    // A commit that is there needs no request; a branch may have moved.
    let commit = wanted.revision.and_then(commit_id);
    if let Some(found) = commit.and_then(|commit| Fetched::find(&request.folder, commit).ok()) {
        return Ok(found);
    }
    if wanted.offline {
        return request
            .resolved()
            .ok()
            .or_else(|| request.in_place())
            .ok_or(CrawlError::NotCached(plain));
    }
    let lock = request.prepare()?;
    match request.run(&lock) {
        Err(error) if error.mentions("unable to read") || error.mentions("promisor") => {
            request.in_place().ok_or(error)
        }
        result => result,
    }
}

/// A repository of the cache and the requested revision.
struct Request<'a> {
    wanted: &'a Wanted<'a>,
    folder: PathBuf,
    stop: &'a AtomicBool,
}

impl Request<'_> {
    fn revision(&self) -> &str {
        self.wanted.revision.unwrap_or("HEAD")
    }

    /// The reference that holds what the revision resolved to last.
    fn reference(&self) -> Result<String, CrawlError> {
        let id = Oid::hash_object(ObjectType::Blob, self.revision().as_bytes())?;
        Ok(format!("refs/tracestone/{id}"))
    }

    /// Object of the reference; a tag is followed to its commit.
    fn resolved(&self) -> Result<Fetched, CrawlError> {
        let repository = Repository::open_bare(&self.folder)?;
        let reference = repository.find_reference(&self.reference()?)?;
        let commit = reference.peel_to_commit()?.id();
        Ok(Fetched::find(&self.folder, commit)?)
    }

    /// The commit in a clone on this machine, without a copy in the cache. A clone that lacks objects,
    /// such as a partial one, cannot be fetched from, but the files that it has can be read.
    fn in_place(&self) -> Option<Fetched> {
        let url = self.wanted.rewrites.apply(self.wanted.url);
        let path = url::local_path(&url)?;
        let no_search = git2::RepositoryOpenFlags::NO_SEARCH;
        let none: [&Path; 0] = [];
        let clone = Repository::open_ext(path, no_search, none).ok()?;
        let revision = self.revision();
        // In the order in which git looks a name up.
        let names = ["", "refs/", "refs/tags/", "refs/heads/"];
        let commit = commit_id(revision).or_else(|| {
            let mut references = names
                .iter()
                .filter_map(|prefix| clone.find_reference(&format!("{prefix}{revision}")).ok());
            Some(references.next()?.peel_to_commit().ok()?.id())
        })?;
        Fetched::find(clone.path(), commit).ok()
    }

    /// Makes the repository ready and keeps other processes out of it. The lock also goes to git as its
    /// standard input: should this process be killed, it holds as long as the git that it started runs.
    fn prepare(&self) -> Result<File, CrawlError> {
        let failed = |error| CrawlError::read(self.folder.display(), error);
        fs::create_dir_all(&self.folder).map_err(failed)?;
        let lock = File::create(self.folder.with_extension("lock")).map_err(failed)?;
        self.take(&lock)?;
        // With the lock in hand, what is left of locks and downloads is of a process that was killed.
        for place in ["", "refs/tracestone", "objects/pack"] {
            remove_leftovers(&self.folder.join(place));
        }
        if Repository::open_bare(&self.folder).is_err() {
            fs::remove_dir_all(&self.folder).map_err(failed)?;
            fs::create_dir_all(&self.folder).map_err(failed)?;
            self.git(&["init", "--quiet", "--bare", "--template=", "."], &lock)?;
        }
        Ok(lock)
    }

    /// Waits for the lock, as long as the crawl is not stopped.
    fn take(&self, lock: &File) -> Result<(), CrawlError> {
        loop {
            match lock.try_lock() {
                Ok(()) => return Ok(()),
                Err(TryLockError::Error(error)) => {
                    return Err(CrawlError::read(self.folder.display(), error));
                }
                Err(TryLockError::WouldBlock) if self.stop.load(Ordering::Relaxed) => {
                    return Err(CrawlError::Stopped);
                }
                Err(TryLockError::WouldBlock) => thread::sleep(LOCK_PAUSE),
            }
        }
    }

    /// Fetches and resolves.
    fn run(&self, lock: &File) -> Result<Fetched, CrawlError> {
        let wanted = self.revision().to_owned();
        let one = format!("+{wanted}:{}", self.reference()?);
        let depth: &[&str] = if self.wanted.shallow {
            &["--depth=1"]
        } else if self.folder.join("shallow").exists() {
            &["--unshallow"]
        } else {
            &[]
        };
        let mut result = self.fetch(depth, &[&one], lock);
        if let Err(error) = &result
            && error.mentions("does not support shallow")
        {
            result = self.fetch(&[], &[&one], lock);
        }
        match (result, commit_id(&wanted)) {
            (Ok(()), _) => self.resolved(),
            // Some servers hand out only what a branch or tag points to: then those are fetched.
            (Err(error), Some(commit))
                if error.mentions("unadvertised object") || error.mentions("not valid") =>
            {
                let all = [
                    "+refs/heads/*:refs/remote/heads/*",
                    "+refs/tags/*:refs/remote/tags/*",
                ];
                self.fetch(&["--update-shallow"], &all, lock)?;
                Fetched::find(&self.folder, commit).map_err(|_| error)
            }
            (Err(error), _) => Err(error),
        }
    }

    fn fetch(&self, depth: &[&str], what: &[&str], lock: &File) -> Result<(), CrawlError> {
        let mut arguments = vec!["fetch", "--quiet", "--no-tags", "--no-write-fetch-head"];
        arguments.extend(depth);
        arguments.extend(["--", self.wanted.url]);
        arguments.extend(what);
        self.git(&arguments, lock)
    }

    fn git(&self, arguments: &[&str], lock: &File) -> Result<(), CrawlError> {
        let mut command = git(&self.folder);
        let lock = lock.try_clone();
        let lock = lock.map_err(|error| CrawlError::read(self.folder.display(), error))?;
        command.args(arguments).stdin(Stdio::from(lock));
        let done = process::run(&mut command, self.stop).map_err(CrawlError::git)?;
        if done.success {
            return Ok(());
        }
        if done.stderr.contains("mismatched algorithms") {
            let url = url::without_credentials(self.wanted.url);
            return Err(CrawlError::Sha256 { url });
        }
        let mut message = url::redacted(&done.stderr, self.wanted.url);
        if message.contains("couldn't find remote ref") && looks_like_short_id(self.revision()) {
            message.push_str("; a commit needs all its 40 digits");
        }
        Err(CrawlError::Fetch {
            url: url::without_credentials(self.wanted.url),
            revision: self.revision().to_owned(),
            message,
        })
    }
}

/// Git in a folder of the cache, with the user's configuration, but without questions on the terminal.
fn git(folder: &Path) -> Command {
    let mut command = Command::new("git");
    command.current_dir(folder);
    for setting in SETTINGS {
        command.args(["-c", setting]);
    }
    for variable in FOREIGN_VARIABLES {
        command.env_remove(variable);
    }
    command
        // Found by name and not by search, so that `safe.bareRepository` does not stand in the way.
        .env("GIT_DIR", folder)
        .env("GIT_TERMINAL_PROMPT", "0")
        .env("GIT_DEFAULT_HASH", "sha1")
        .env("GIT_DEFAULT_REF_FORMAT", "files")
        .env("LC_ALL", "C");
    command
}

fn looks_like_short_id(revision: &str) -> bool {
    (7..40).contains(&revision.len()) && revision.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Removes lock files and unfinished packs. What cannot be removed will be git's to complain about.
fn remove_leftovers(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.ends_with(".lock") || name.starts_with("tmp_") {
            fs::remove_file(entry.path()).unwrap_or_default();
        }
    }
}

/// The bare repository for a URL, named by a hash so that no part of the URL is in the path.
fn cache_folder(plain: &str, cache: &Path) -> Result<PathBuf, CrawlError> {
    let id = Oid::hash_object(ObjectType::Blob, plain.as_bytes())?;
    let cache =
        std::path::absolute(cache).map_err(|error| CrawlError::read(cache.display(), error))?;
    Ok(cache.join("git").join(format!("{id}.git")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_git_could_misread_is_no_revision() {
        for right in [
            "main",
            "v1.0",
            "feature/x",
            "HEAD",
            "refs/heads/main",
            "a-b_c",
        ] {
            assert!(is_revision(right), "{right}");
        }
        for wrong in [
            "",
            "-x",
            "+main",
            "main:refs/x",
            "a..b",
            "a b",
            "main^",
            "@{1}",
            "*",
            "a/",
        ] {
            assert!(!is_revision(wrong), "{wrong}");
        }
    }
}
