//! Fixtures: repositories with fixed authors and times, and a crawl in a temporary folder.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;

use tempfile::TempDir;
use tracestone_crawl::{
    Corpus, CrawlError, Crawled, Kept, Progress, Settings, SourceOutcome, Surroundings,
};
use tracestone_record::{Dropped, Reason, Source, SourceId};

/// A temporary folder with a cache and the files of a test.
pub(crate) struct Place {
    _guard: Option<TempDir>,
    pub(crate) root: PathBuf,
    pub(crate) jobs: usize,
    pub(crate) offline: bool,
    pub(crate) known: BTreeSet<SourceId>,
    /// The version that stays in use of whatever cannot be read.
    pub(crate) kept: Option<Kept>,
}

/// Result for a source, with its files.
#[derive(Debug)]
pub(crate) enum Outcome {
    Read(Crawled),
    Unchanged(Source),
    Failed {
        error: CrawlError,
        kept: Option<SourceId>,
    },
}

impl Place {
    pub(crate) fn new() -> Self {
        let guard = tempfile::tempdir().unwrap();
        let root = guard.path().canonicalize().unwrap();
        Self {
            _guard: Some(guard),
            ..Self::at(&root)
        }
    }

    /// A folder that another process made.
    pub(crate) fn at(root: &Path) -> Self {
        Self {
            _guard: None,
            root: root.to_owned(),
            jobs: 2,
            offline: false,
            known: BTreeSet::new(),
            kept: None,
        }
    }

    pub(crate) fn cache(&self) -> PathBuf {
        self.root.join("cache")
    }

    pub(crate) fn write(&self, path: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        path
    }

    /// Crawls sources written as TOML.
    pub(crate) fn crawl(&self, sources: &str) -> Vec<Outcome> {
        self.crawl_with(sources, &Events::default())
    }

    pub(crate) fn crawl_with(&self, sources: &str, progress: &Events) -> Vec<Outcome> {
        let text = format!("name = \"test\"\n{sources}");
        let corpus = Corpus::parse(&text, &self.root.join("corpus.toml")).unwrap();
        let settings = Settings {
            cache: Some(self.cache()),
            python: PathBuf::from("python3"),
            jobs: self.jobs,
            offline: self.offline,
            environments: None,
            more_pythons: Vec::new(),
        };
        let mut outcomes = Vec::new();
        let around = Surroundings {
            known: &|id: &SourceId| self.known.contains(id),
            kept: &|_, _| self.kept.clone(),
            progress,
            interrupted: &|| false,
        };
        tracestone_crawl::crawl(&corpus, &settings, &around, &mut |outcome| {
            outcomes.push(match outcome {
                SourceOutcome::Read(reading) => Outcome::Read(reading.read_all()),
                SourceOutcome::Unchanged(source) => Outcome::Unchanged(source),
                SourceOutcome::Failed { error, kept, .. } => Outcome::Failed { error, kept },
            });
            ControlFlow::Continue(())
        });
        outcomes
    }

    /// Crawls one source that can be read.
    pub(crate) fn read(&self, source: &str) -> Crawled {
        let mut outcomes = self.crawl(source);
        assert_eq!(outcomes.len(), 1);
        read(outcomes.remove(0))
    }
}

/// Notes what the crawl reports.
#[derive(Default)]
pub(crate) struct Events(pub(crate) Mutex<Vec<String>>);

impl Progress for Events {
    fn source_started(&self, name: &str) {
        self.0.lock().unwrap().push(format!("started {name}"));
    }

    fn source_progress(&self, name: &str, done: u64, total: u64) {
        let event = format!("{name} {done}/{total}");
        self.0.lock().unwrap().push(event);
    }

    fn source_finished(&self, name: &str) {
        self.0.lock().unwrap().push(format!("finished {name}"));
    }
}

pub(crate) fn read(outcome: Outcome) -> Crawled {
    match outcome {
        Outcome::Read(crawled) => crawled,
        other => panic!("not read: {other:?}"),
    }
}

pub(crate) fn unchanged(outcome: &Outcome) -> &Source {
    match outcome {
        Outcome::Unchanged(source) => source,
        other => panic!("not unchanged: {other:?}"),
    }
}

pub(crate) fn failure(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Failed { error, .. } => error.to_string(),
        other => panic!("not failed: {other:?}"),
    }
}

pub(crate) fn paths(crawled: &Crawled) -> Vec<&str> {
    let files = crawled.files.iter();
    files.map(|file| file.file.path.as_str()).collect()
}

/// Subjects and details of what was dropped for a reason.
pub(crate) fn dropped(crawled: &Crawled, reason: Reason) -> Vec<(&str, &str)> {
    let dropped = crawled.dropped.iter();
    dropped
        .filter(|dropped| dropped.reason == reason)
        .map(
            |Dropped {
                 subject, detail, ..
             }| (subject.as_str(), detail.as_str()),
        )
        .collect()
}

/// A repository whose commits depend on their content alone.
pub(crate) struct Repository {
    pub(crate) git: git2::Repository,
    pub(crate) path: PathBuf,
}

impl Repository {
    pub(crate) fn create(path: &Path) -> Self {
        let mut options = git2::RepositoryInitOptions::new();
        options.bare(true).mkpath(true).initial_head("main");
        Self {
            git: git2::Repository::init_opts(path, &options).unwrap(),
            path: path.to_owned(),
        }
    }

    pub(crate) fn url(&self) -> String {
        format!("file://{}", self.path.display())
    }

    /// Commits exactly these files to a branch.
    pub(crate) fn commit(&self, branch: &str, files: &[(&str, &str)]) -> String {
        let mut index = git2::Index::new().unwrap();
        for (path, content) in files {
            let mode = match path.ends_with(".link") {
                true => 0o120_000,
                false => 0o100_644,
            };
            let id = self.git.blob(content.as_bytes()).unwrap();
            index
                .add(&entry(path.trim_end_matches(".link"), id, mode))
                .unwrap();
        }
        let tree = index.write_tree_to(&self.git).unwrap();
        self.commit_tree(branch, tree)
    }

    pub(crate) fn commit_tree(&self, branch: &str, tree: git2::Oid) -> String {
        let time = git2::Time::new(1_700_000_000, 0);
        let author = git2::Signature::new("A", "a@example.org", &time).unwrap();
        let reference = format!("refs/heads/{branch}");
        let parent = self.git.find_reference(&reference).ok();
        let parent = parent.map(|parent| parent.peel_to_commit().unwrap());
        let tree = self.git.find_tree(tree).unwrap();
        let parents: Vec<_> = parent.iter().collect();
        let commit = self.git.commit(
            Some(&reference),
            &author,
            &author,
            "change",
            &tree,
            &parents,
        );
        commit.unwrap().to_string()
    }
}

fn entry(path: &str, id: git2::Oid, mode: u32) -> git2::IndexEntry {
    let zero = git2::IndexTime::new(0, 0);
    git2::IndexEntry {
        ctime: zero,
        mtime: zero,
        dev: 0,
        ino: 0,
        mode,
        uid: 0,
        gid: 0,
        file_size: 0,
        id,
        flags: 0,
        flags_extended: 0,
        path: path.as_bytes().to_vec(),
    }
}

/// Environment variable that makes a started process do the test's work.
const CHILD: &str = "TRACESTONE_TEST_FOLDER";

/// Runs a test's body in a process of its own with other environment variables, since the crawl hands its
/// environment on to git and pip, and changing one's own would disturb other tests. `name` is the test's
/// path, `prepare` makes the folder and says which variables.
pub(crate) fn in_child(
    name: &str,
    prepare: impl FnOnce(&Place) -> Vec<(&'static str, String)>,
    body: impl FnOnce(Place),
) {
    if let Some(root) = std::env::var_os(CHILD) {
        return body(Place::at(Path::new(&root)));
    }
    let place = Place::new();
    let variables = prepare(&place);
    let child = Command::new(std::env::current_exe().unwrap())
        .args([name, "--exact", "--include-ignored", "--nocapture"])
        .env(CHILD, OsStr::new(&place.root))
        .envs(variables)
        .output()
        .unwrap();
    let output = String::from_utf8_lossy(&child.stdout);
    let errors = String::from_utf8_lossy(&child.stderr);
    assert!(
        child.status.success() && output.contains("1 passed"),
        "{output}{errors}"
    );
}

/// True if a file below a folder, or its path, contains a text.
pub(crate) fn holds(folder: &Path, text: &str) -> bool {
    fs::read_dir(folder).unwrap().any(|entry| {
        let path = entry.unwrap().path();
        path.to_string_lossy().contains(text)
            || if path.is_dir() {
                holds(&path, text)
            } else {
                let content = fs::read(&path).unwrap();
                content
                    .windows(text.len())
                    .any(|part| part == text.as_bytes())
            }
    })
}
