//! Git repositories: fetched by the user's `git` into a bare cache, read through libgit2. A repository on
//! this machine is read where it is.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use git2::{ObjectType, Oid, Repository, TreeWalkMode, TreeWalkResult};

use crate::error::CrawlError;
use crate::reader::{Entry, EntryKind, Reader};
use crate::url;

/// One commit of a repository in the cache.
pub(crate) struct GitReader {
    repository: Repository,
    commit: Oid,
    tree: Oid,
}

/// What to get.
pub(crate) struct Wanted<'a> {
    /// Anything git understands.
    pub(crate) url: &'a str,
    /// A branch, tag or commit; `None` for the remote's HEAD.
    pub(crate) revision: Option<&'a str>,
    /// Whether to fetch the one commit only.
    pub(crate) shallow: bool,
    /// Whether nothing may be fetched.
    pub(crate) offline: bool,
}

impl GitReader {
    /// Resolves the revision, fetching what the cache does not have.
    pub(crate) fn open(wanted: &Wanted<'_>, cache: &Path) -> Result<Self, CrawlError> {
        if url::is_dangerous(wanted.url) || wanted.revision.is_some_and(|r| r.starts_with('-')) {
            return Err(CrawlError::DangerousUrl(url::without_credentials(
                wanted.url,
            )));
        }
        if let Some(reader) = Self::on_this_machine(wanted) {
            return Ok(reader);
        }
        let folder = cache_folder(wanted.url, cache)?;
        let fetch = Fetch {
            wanted,
            folder: &folder,
        };
        // A full commit id that is in the cache needs no network; a branch may have moved.
        if let Some(reader) = fetch.commit_in_cache() {
            return Ok(reader);
        }
        if wanted.offline {
            return fetch
                .resolved_before()
                .ok_or_else(|| CrawlError::NotCached(url::without_credentials(wanted.url)));
        }
        fetch.run()
    }

    /// Reads a local repository without copying it, after `insteadOf` has had its say. Where libgit2
    /// cannot do that, such as with a repository of another user, a fetch is tried next and says why.
    fn on_this_machine(wanted: &Wanted<'_>) -> Option<Self> {
        let output = Command::new("git")
            .args(["ls-remote", "--get-url", "--", wanted.url])
            .stdin(Stdio::null())
            .output()
            .ok()
            .filter(|output| output.status.success())?;
        let place = String::from_utf8(output.stdout).ok()?;
        let place = place.trim_end();
        let path = place.strip_prefix("file://").unwrap_or(place);
        if path.contains("://") || !Path::new(path).is_dir() {
            return None;
        }
        let repository = Repository::open(path).ok()?;
        let revision = wanted.revision.unwrap_or("HEAD");
        let commit = repository
            .revparse_single(revision)
            .and_then(|object| object.peel_to_commit())
            .ok()?
            .id();
        let tree = repository.find_commit(commit).ok()?.tree_id();
        Some(Self {
            repository,
            commit,
            tree,
        })
    }

    /// The commit's id.
    pub(crate) fn commit(&self) -> String {
        self.commit.to_string()
    }

    /// The id of the commit's tree.
    pub(crate) fn tree(&self) -> String {
        self.tree.to_string()
    }

    fn at(folder: &Path, commit: Oid) -> Result<Self, git2::Error> {
        let repository = Repository::open_bare(folder)?;
        let tree = repository.find_commit(commit)?.tree_id();
        // A fetch that was cut off may have left the commit without its tree.
        repository.find_tree(tree)?;
        Ok(Self {
            repository,
            commit,
            tree,
        })
    }
}

impl Reader for GitReader {
    fn entries(&self) -> Result<Vec<Entry>, CrawlError> {
        let tree = self.repository.find_tree(self.tree)?;
        let database = self.repository.odb()?;
        let mut entries = Vec::new();
        tree.walk(TreeWalkMode::PreOrder, |folder, entry| {
            // Mode 0o120000 is a symbolic link, whose blob holds a path and not a file's bytes.
            let regular = entry.kind() == Some(ObjectType::Blob) && entry.filemode() != 0o120_000;
            let name = String::from_utf8_lossy(entry.name_bytes());
            if entry.kind() != Some(ObjectType::Tree) {
                let header = database.read_header(entry.id());
                entries.push(Entry {
                    path: format!("{folder}{name}"),
                    kind: if regular {
                        EntryKind::File
                    } else {
                        EntryKind::Special
                    },
                    bytes: header.map_or(0, |(size, _)| size as u64),
                    blob: Some(entry.id().to_string()),
                });
            }
            TreeWalkResult::Ok
        })?;
        entries.sort_by(|left, right| left.path.cmp(&right.path));
        Ok(entries)
    }

    fn read(&self, entry: &Entry) -> Result<Vec<u8>, CrawlError> {
        let id = Oid::from_str(entry.blob.as_deref().unwrap_or_default())?;
        Ok(self.repository.find_blob(id)?.content().to_vec())
    }
}

/// One resolution of a revision.
struct Fetch<'a> {
    wanted: &'a Wanted<'a>,
    folder: &'a Path,
}

impl Fetch<'_> {
    fn commit_in_cache(&self) -> Option<GitReader> {
        let revision = self.wanted.revision?;
        let full = revision.len() == 40 && revision.bytes().all(|byte| byte.is_ascii_hexdigit());
        let commit = Oid::from_str(revision).ok().filter(|_| full)?;
        GitReader::at(self.folder, commit).ok()
    }

    /// The reference that remembers what a revision resolved to.
    fn memory(&self) -> Result<String, CrawlError> {
        let revision = self.wanted.revision.unwrap_or("HEAD");
        let id = Oid::hash_object(ObjectType::Blob, revision.as_bytes())?;
        Ok(format!("refs/tracestone/{id}"))
    }

    fn resolved_before(&self) -> Option<GitReader> {
        let repository = Repository::open_bare(self.folder).ok()?;
        let commit = repository.refname_to_id(&self.memory().ok()?).ok()?;
        GitReader::at(self.folder, commit).ok()
    }

    /// Fetches and resolves.
    fn run(&self) -> Result<GitReader, CrawlError> {
        if !self.folder.join("HEAD").exists() {
            std::fs::create_dir_all(self.folder)
                .map_err(|error| CrawlError::read(self.folder.display(), error))?;
            self.git(&["init", "--quiet", "--bare", "."])?;
        }
        let revision = self.wanted.revision.unwrap_or("HEAD");
        if let Err(error) = self.fetch(&[revision]) {
            // Some servers hand out commits by name of a branch only: then everything is fetched.
            let id = Oid::from_str(revision)
                .ok()
                .filter(|_| revision.len() == 40);
            let Some(id) = id else { return Err(error) };
            self.fetch(&[
                "+refs/heads/*:refs/remote/*",
                "+refs/tags/*:refs/remote-tags/*",
            ])
            .map_err(|_| error)?;
            return GitReader::at(self.folder, id)
                .map_err(|_| self.failure("the commit is not there"));
        }
        let commit = self.git(&["rev-parse", "--verify", "--quiet", "FETCH_HEAD^{commit}"])?;
        let commit = Oid::from_str(commit.trim())?;
        let reader = GitReader::at(self.folder, commit)?;
        reader
            .repository
            .reference(&self.memory()?, commit, true, "tracestone crawl")?;
        Ok(reader)
    }

    fn fetch(&self, what: &[&str]) -> Result<String, CrawlError> {
        let mut arguments = vec![
            "fetch",
            "--quiet",
            "--no-tags",
            "--force",
            "--no-write-commit-graph",
        ];
        if self.wanted.shallow && what.len() == 1 {
            arguments.push("--depth=1");
        }
        arguments.extend(["--", self.wanted.url]);
        arguments.extend(what);
        self.git(&arguments)
    }

    /// Runs git in the cache's repository. The user's configuration is honoured; questions on the
    /// terminal, hooks and transports that run programs are not.
    fn git(&self, arguments: &[&str]) -> Result<String, CrawlError> {
        let output = Command::new("git")
            .current_dir(self.folder)
            .args(["-c", "core.hooksPath=/dev/null", "-c", "gc.auto=0"])
            .args(["-c", "protocol.ext.allow=never"])
            .args(arguments)
            .env("GIT_TERMINAL_PROMPT", "0")
            .env("LC_ALL", "C")
            .env_remove("GIT_DIR")
            .env_remove("GIT_WORK_TREE")
            .env_remove("GIT_INDEX_FILE")
            .stdin(Stdio::null())
            .output()
            .map_err(CrawlError::NoGit)?;
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
        }
        Err(self.failure(&String::from_utf8_lossy(&output.stderr)))
    }

    fn failure(&self, message: &str) -> CrawlError {
        let message = url::redacted(message.trim(), self.wanted.url);
        CrawlError::Fetch {
            url: url::without_credentials(self.wanted.url),
            revision: self.wanted.revision.unwrap_or("HEAD").to_owned(),
            message: message.lines().collect::<Vec<_>>().join("; "),
        }
    }
}

/// The bare repository for a URL, named by a hash so that no part of the URL is in the path.
fn cache_folder(remote: &str, cache: &Path) -> Result<PathBuf, CrawlError> {
    let plain = url::without_credentials(remote);
    let id = Oid::hash_object(ObjectType::Blob, plain.as_bytes())?;
    let cache =
        std::path::absolute(cache).map_err(|error| CrawlError::read(cache.display(), error))?;
    Ok(cache.join("git").join(id.to_string()))
}
