//! Repositories: how they are reached, resolved and kept.

use std::fs;

use tracestone_record::{Reason, SourceKind};

use crate::support::{
    Place, Repository, dropped, failure, holds, in_child, paths, read, unchanged,
};

fn source(url: &str, revision: &str) -> String {
    format!(
        "[[source]]\nkind = \"git\"\nname = \"r\"\nurl = \"{url}\"\nrevision = \"{revision}\"\n"
    )
}

#[test]
fn a_branch_is_resolved_to_its_commit_and_tree() {
    let place = Place::new();
    let repository = Repository::create(&place.root.join("r"));
    let files = [
        ("a.py", "x = 1\n"),
        ("pkg/b.py", "y = 2\n"),
        ("readme.md", "z"),
    ];
    let commit = repository.commit("main", &files);
    let crawled = place.read(&source(&repository.url(), "main"));
    assert_eq!(crawled.source.kind, SourceKind::Git);
    assert_eq!(crawled.source.commit.as_deref(), Some(commit.as_str()));
    let tree = repository
        .git
        .find_commit(commit.parse().unwrap())
        .unwrap()
        .tree_id();
    assert_eq!(crawled.source.tree, Some(tree.to_string()));
    assert_eq!(crawled.source.revision, "main");
    assert_eq!(crawled.source.origin, repository.url());
    assert_eq!(paths(&crawled), ["a.py", "pkg/b.py"]);
    let file = &crawled.files[0];
    assert_eq!(file.content, b"x = 1\n");
    let blob = git2::Oid::hash_object(git2::ObjectType::Blob, b"x = 1\n").unwrap();
    assert_eq!(file.file.blob, blob.to_string());
    assert_eq!(
        dropped(&crawled, Reason::NotSelected),
        [("r", "1 files do not match **/*.py")]
    );
}

#[test]
fn paths_commits_tags_and_the_default_branch_work() {
    let place = Place::new();
    let repository = Repository::create(&place.root.join("clones/r"));
    let first = repository.commit("main", &[("a.py", "x = 1\n")]);
    let object = repository.git.revparse_single(&first).unwrap();
    let author = git2::Signature::new("A", "a@example.org", &git2::Time::new(0, 0)).unwrap();
    repository
        .git
        .tag("v1", &object, &author, "annotated", false)
        .unwrap();
    let second = repository.commit("main", &[("a.py", "x = 2\n")]);
    let commit = |text: &str| place.read(text).source.commit.unwrap();
    // A path relative to the corpus, an absolute path, and a URL.
    assert_eq!(commit(&source("clones/r", "main")), second);
    let path = repository.path.display().to_string();
    assert_eq!(commit(&source(&path, "main")), second);
    assert_eq!(commit(&source(&repository.url(), &first)), first);
    assert_eq!(commit(&source(&repository.url(), "v1")), first);
    assert_eq!(
        commit(&source(&repository.url(), "refs/heads/main")),
        second
    );
    let default = format!("[[source]]\nkind = \"git\"\nurl = \"{path}\"\n");
    assert_eq!(commit(&default), second);
}

#[test]
fn a_shallow_fetch_brings_one_commit_and_a_deep_one_all() {
    let place = Place::new();
    let repository = Repository::create(&place.root.join("r"));
    let first = repository.commit("main", &[("a.py", "x = 1\n")]);
    repository.commit("main", &[("a.py", "x = 2\n")]);
    let path = repository.path.display().to_string();
    place.read(&source(&path, "main"));
    let cached = || {
        let folder = fs::read_dir(place.cache().join("git")).unwrap();
        let folder = folder.map(|entry| entry.unwrap().path());
        let folder = folder.filter(|path| path.is_dir()).last().unwrap();
        git2::Repository::open_bare(folder).unwrap()
    };
    let id = first.parse().unwrap();
    assert!(cached().find_commit(id).is_err());
    place.read(&format!("{}shallow = false\n", source(&path, "main")));
    assert!(cached().find_commit(id).is_ok());
}

#[test]
fn a_second_crawl_is_unchanged_and_a_later_one_fetches_only_what_is_new() {
    let mut place = Place::new();
    let repository = Repository::create(&place.root.join("r"));
    let large = "# large\n".repeat(5000);
    repository.commit("main", &[("a.py", "x = 1\n"), ("large.py", &large)]);
    let text = source(&repository.url(), "main");
    let first = place.read(&text);
    place.known.insert(first.source.id);
    assert_eq!(*unchanged(&place.crawl(&text)[0]), first.source);

    let objects = |place: &Place| {
        let folders = fs::read_dir(place.cache().join("git")).unwrap();
        let mut count = 0;
        for folder in folders
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.is_dir())
        {
            let repository = git2::Repository::open_bare(folder).unwrap();
            let database = repository.odb().unwrap();
            database
                .foreach(|_| {
                    count += 1;
                    true
                })
                .unwrap();
        }
        count
    };
    let before = objects(&place);
    let commit = repository.commit("main", &[("a.py", "x = 2\n"), ("large.py", &large)]);
    let second = place.read(&text);
    assert_eq!(second.source.commit, Some(commit));
    assert_ne!(second.source.id, first.source.id);
    // A commit, a tree and the changed file.
    assert_eq!(objects(&place) - before, 3);
}

#[test]
fn a_commit_in_the_cache_needs_no_remote_and_offline_keeps_to_the_last_state() {
    let mut place = Place::new();
    let repository = Repository::create(&place.root.join("r"));
    let commit = repository.commit("main", &[("a.py", "x = 1\n")]);
    let by_commit = source(&repository.url(), &commit);
    let by_branch = source(&repository.url(), "main");
    place.read(&by_commit);
    place.read(&by_branch);
    fs::rename(&repository.path, place.root.join("gone")).unwrap();
    assert_eq!(paths(&place.read(&by_commit)), ["a.py"]);
    assert!(
        failure(&place.crawl(&by_branch)[0]).contains("does not appear to be a git repository")
    );
    place.offline = true;
    assert_eq!(place.read(&by_branch).source.commit, Some(commit));
    let other = source(&repository.url(), "other");
    assert!(failure(&place.crawl(&other)[0]).contains("is not in the cache"));
}

#[test]
fn instead_of_lets_a_clone_stand_in_for_a_remote() {
    in_child(
        "git::instead_of_lets_a_clone_stand_in_for_a_remote",
        |place| {
            let repository = Repository::create(&place.root.join("clones/owner/r"));
            repository.commit("main", &[("a.py", "x = 1\n")]);
            let config = format!(
                "[url \"file://{}/clones/\"]\n\tinsteadOf = https://example.invalid/\n\
                 \tinsteadOf = https://user:pa55word@example.invalid/\n",
                place.root.display()
            );
            let config = place.write("gitconfig", config);
            vec![("GIT_CONFIG_GLOBAL", config.display().to_string())]
        },
        |place| {
            let crawled = place.read(&source("https://example.invalid/owner/r", "main"));
            assert_eq!(crawled.source.origin, "https://example.invalid/owner/r");
            assert_eq!(paths(&crawled), ["a.py"]);
            // With credentials it is the same source, and they are written nowhere.
            let url = "https://user:pa55word@example.invalid/owner/r";
            let with = place.read(&source(url, "main"));
            assert!(!format!("{with:?}").contains("pa55word"));
            assert_eq!(with.source.id, crawled.source.id);
            assert!(!holds(&place.cache(), "pa55word"));
        },
    );
}

#[test]
fn a_server_that_hands_out_no_commits_by_id_is_asked_for_its_branches() {
    in_child(
        "git::a_server_that_hands_out_no_commits_by_id_is_asked_for_its_branches",
        |place| {
            // The old protocol lets a server refuse what no branch points to.
            let config = place.write("gitconfig", "[protocol]\n\tversion = 0\n");
            vec![("GIT_CONFIG_GLOBAL", config.display().to_string())]
        },
        |place| {
            let repository = Repository::create(&place.root.join("r"));
            let first = repository.commit("main", &[("a.py", "x = 1\n")]);
            repository.commit("main", &[("a.py", "x = 2\n")]);
            let crawled = place.read(&source(&repository.url(), &first));
            assert_eq!(crawled.files[0].content, b"x = 1\n");
        },
    );
}

#[test]
fn a_clone_that_lacks_objects_is_read_where_it_is() {
    let place = Place::new();
    let repository = Repository::create(&place.root.join("r"));
    let files = [
        ("a.py", "x = 1\n"),
        ("b.py", "y = 1\n"),
        ("picture.png", "p"),
    ];
    let commit = repository.commit("main", &files);
    for lost in ["y = 1\n", "p"] {
        let id = git2::Oid::hash_object(git2::ObjectType::Blob, lost.as_bytes()).unwrap();
        let id = id.to_string();
        let object = repository
            .path
            .join("objects")
            .join(&id[..2])
            .join(&id[2..]);
        fs::remove_file(object).unwrap();
    }
    for revision in ["main", "HEAD", &commit] {
        let crawled = place.read(&source(&repository.url(), revision));
        assert_eq!(crawled.source.commit.as_ref(), Some(&commit));
        assert_eq!(paths(&crawled), ["a.py"]);
        let unreadable = dropped(&crawled, Reason::Unreadable);
        assert_eq!(unreadable.len(), 1);
        assert_eq!(unreadable[0].0, "r: b.py");
    }
}

#[test]
fn credentials_are_in_no_error_and_in_no_file() {
    let place = Place::new();
    let url = "https://user:pa55word@127.0.0.1:1/owner/r.git?token=t0k3n";
    let outcomes = place.crawl(&source(url, "main"));
    let error = format!("{:?} {}", outcomes[0], failure(&outcomes[0]));
    assert!(error.contains("https://127.0.0.1:1/owner/r.git"), "{error}");
    for secret in ["pa55word", "t0k3n"] {
        assert!(!error.contains(secret), "{error}");
        assert!(!holds(&place.cache(), secret));
    }
}

#[test]
fn what_a_killed_crawl_leaves_behind_does_not_stop_the_next() {
    let place = Place::new();
    let repository = Repository::create(&place.root.join("r"));
    repository.commit("main", &[("a.py", "x = 1\n")]);
    let text = source(&repository.url(), "main");
    place.read(&text);
    let folders = fs::read_dir(place.cache().join("git")).unwrap();
    let mut folders = folders
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir());
    let folder = folders.next().unwrap();
    for leftover in ["shallow.lock", "HEAD.lock", "objects/pack/tmp_pack_1"] {
        fs::write(folder.join(leftover), "").unwrap();
    }
    let commit = repository.commit("main", &[("a.py", "x = 2\n")]);
    assert_eq!(place.read(&text).source.commit, Some(commit));
    assert!(!folder.join("objects/pack/tmp_pack_1").exists());
    // Cut off while the repository was made.
    fs::remove_file(folder.join("HEAD")).unwrap();
    assert_eq!(paths(&place.read(&text)), ["a.py"]);
}

#[test]
fn a_missing_revision_says_what_to_do() {
    let place = Place::new();
    let repository = Repository::create(&place.root.join("r"));
    let commit = repository.commit("main", &[("a.py", "x = 1\n")]);
    let error = failure(&place.crawl(&source(&repository.url(), "no-such-branch"))[0]);
    assert!(
        error.contains("couldn't find remote ref no-such-branch"),
        "{error}"
    );
    let error = failure(&place.crawl(&source(&repository.url(), &commit[..10]))[0]);
    assert!(
        error.contains("a commit needs all its 40 digits"),
        "{error}"
    );
}

#[test]
fn links_submodules_and_odd_names_are_dropped_and_named() {
    let place = Place::new();
    let repository = Repository::create(&place.root.join("r"));
    let commit = repository.commit(
        "main",
        &[("a.py", "x = 1\n"), ("link.py.link", "/etc/passwd")],
    );
    let base = repository
        .git
        .find_commit(commit.parse().unwrap())
        .unwrap()
        .tree()
        .unwrap();
    let mut builder = repository.git.treebuilder(Some(&base)).unwrap();
    builder
        .insert("sub.py", commit.parse().unwrap(), 0o160_000)
        .unwrap();
    let blob = repository.git.blob(b"y = 2\n").unwrap();
    builder.insert(&b"caf\xe9.py"[..], blob, 0o100_644).unwrap();
    let folder = builder.write().unwrap();
    let mut builder = repository.git.treebuilder(Some(&base)).unwrap();
    builder.insert(&b"d\xe9"[..], folder, 0o040_000).unwrap();
    repository.commit_tree("main", builder.write().unwrap());

    let crawled = read(place.crawl(&source(&repository.url(), "main")).remove(0));
    assert_eq!(paths(&crawled), ["a.py"]);
    let special = dropped(&crawled, Reason::NotARegularFile);
    let subjects: Vec<_> = special.iter().map(|(subject, _)| *subject).collect();
    assert_eq!(
        subjects,
        ["r: d\u{fffd}/link.py", "r: d\u{fffd}/sub.py", "r: link.py"]
    );
    assert_eq!(
        dropped(&crawled, Reason::Unreadable),
        [
            ("r: d\u{fffd}/a.py", "the name is not UTF-8"),
            ("r: d\u{fffd}/caf\u{fffd}.py", "the name is not UTF-8"),
        ]
    );
}
