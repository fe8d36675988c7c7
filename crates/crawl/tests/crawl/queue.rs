//! Several sources: their order, their failures and their duplicates.

use std::fmt::Write as _;
use std::ops::ControlFlow;

use tracestone_crawl::{Corpus, Settings, Surroundings};
use tracestone_record::Reason;

use crate::support::{
    Events, Outcome, Place, Repository, dropped, failure, paths, read, unchanged,
};

/// Repositories and folders that share files, and one that does not exist.
fn corpus(place: &Place) -> String {
    let mut text = String::new();
    for name in ["r0", "r1", "r2", "r3"] {
        let repository = Repository::create(&place.root.join(name));
        let own = format!("name = '{name}'\n");
        repository.commit("main", &[("own.py", &own), ("shared.py", "shared = 1\n")]);
        let url = repository.url();
        writeln!(
            text,
            "[[source]]\nkind = \"git\"\nname = \"{name}\"\nurl = \"{url}\""
        )
        .unwrap();
        if name == "r1" {
            let url = place.root.join("missing");
            let url = url.display();
            writeln!(
                text,
                "[[source]]\nkind = \"git\"\nname = \"missing\"\nurl = \"file://{url}\""
            )
            .unwrap();
        }
    }
    place.write("lib/shared.py", "shared = 1\n");
    place.write("lib/own.py", "name = 'lib'\n");
    text.push_str("[[source]]\nkind = \"dir\"\npath = \"lib\"\n");
    text
}

#[test]
fn outcomes_do_not_depend_on_the_number_of_threads() {
    let mut one = Place::new();
    one.jobs = 1;
    let text = corpus(&one);
    let expected = format!("{:?}", one.crawl(&text));
    for _ in 0..3 {
        let mut many = Place::at(&one.root);
        many.jobs = 8;
        std::fs::remove_dir_all(many.cache()).unwrap();
        assert_eq!(format!("{:?}", many.crawl(&text)), expected);
    }
}

#[test]
fn a_failing_source_does_not_stop_the_others() {
    let place = Place::new();
    let text = corpus(&place);
    let events = Events::default();
    let outcomes = place.crawl_with(&text, &events);
    assert_eq!(outcomes.len(), 6);
    assert!(failure(&outcomes[2]).contains("does not appear to be a git repository"));
    for index in [0, 1, 3, 4, 5] {
        assert!(matches!(outcomes[index], Outcome::Read(_)));
    }
    let events = events.0.into_inner().unwrap();
    for name in ["r0", "r1", "missing", "r2", "r3", "lib"] {
        assert!(events.contains(&format!("started {name}")));
        assert!(events.contains(&format!("finished {name}")));
    }
    assert!(events.contains(&"r0 2/2".to_owned()));
}

#[test]
fn of_equal_files_the_first_in_the_corpus_is_used() {
    let mut place = Place::new();
    let text = corpus(&place);
    let outcomes = place.crawl(&text);
    let first_id = match &outcomes[0] {
        Outcome::Read(crawled) => crawled.source.id,
        other => panic!("{other:?}"),
    };
    let mut read: Vec<_> = outcomes
        .into_iter()
        .filter(|o| matches!(o, Outcome::Read(_)))
        .map(read)
        .collect();
    assert_eq!(paths(&read[0]), ["own.py", "shared.py"]);
    for crawled in &read[1..] {
        assert_eq!(paths(crawled), ["own.py"]);
        let subject = format!("{}: shared.py", crawled.source.name);
        let expected = [(subject.as_str(), "the same as r0: shared.py")];
        assert_eq!(dropped(crawled, Reason::DuplicateFile), expected);
    }
    // It is so too where the first source is not read again, and the sources stay the same ones.
    place.known.insert(first_id);
    let again = place.crawl(&text);
    unchanged(&again[0]);
    let last = crate::support::read(again.into_iter().next_back().unwrap());
    let before = read.pop().unwrap();
    assert_eq!(last.source, before.source);
    // Without the others the source has a file more, so it is another one.
    let alone = place.read("[[source]]\nkind = \"dir\"\npath = \"lib\"\n");
    assert_eq!(paths(&alone), ["own.py", "shared.py"]);
    assert_ne!(alone.source.id, before.source.id);
}

#[test]
fn a_sink_that_breaks_stops_the_crawl() {
    let place = Place::new();
    let text = format!("name = \"x\"\n{}", corpus(&place));
    let corpus = Corpus::parse(&text, &place.root.join("corpus.toml")).unwrap();
    let settings = Settings {
        cache: Some(place.cache()),
        python: "python3".into(),
        jobs: 1,
        offline: false,
        environments: None,
        more_pythons: Vec::new(),
    };
    let mut taken = 0;
    let around = Surroundings {
        known: &|_| false,
        kept: &|_, _| None,
        progress: &Events::default(),
        interrupted: &|| false,
    };
    tracestone_crawl::crawl(&corpus, &settings, &around, &mut |_| {
        taken += 1;
        ControlFlow::Break(())
    });
    assert_eq!(taken, 1);
}
