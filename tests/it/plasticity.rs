//! Studies of plasticity from the command line: the same report in any number of threads and after a stop, and
//! mistakes that are named.

use serde_json::Value;

use crate::support::Bench;

const SMALL: [&str; 10] = [
    "plasticity",
    "compare",
    "regression",
    "--steps",
    "40000",
    "--bin",
    "2000",
    "--seeds",
    "10",
    "--json",
];

fn with<'a>(more: &[&'a str]) -> Vec<&'a str> {
    SMALL.iter().copied().chain(more.iter().copied()).collect()
}

#[test]
fn threads_change_nothing_and_finished_learners_are_not_run_again() {
    let bench = Bench::empty();
    let learners = [
        "--learner",
        "sgd",
        "--learner",
        "cbp:replacement=1e-2",
        "--learner",
        "linear",
    ];
    let one: Value = serde_json::from_str(&bench.ok(&with(
        &[&learners[..], &["--out", "one", "--jobs", "1"]].concat(),
    )))
    .unwrap();
    assert_eq!(one["steps_in_this_call"], 3 * 10 * 40_000);
    let study = &one["studies"][0];
    assert_eq!(study["learners"].as_array().unwrap().len(), 3);
    assert_eq!(study["learners"][0]["curve"].as_array().unwrap().len(), 20);
    assert!(study["learners"][1]["renewed"].as_f64().unwrap() > 50.0);
    assert_eq!(study["comparisons"][1]["other"], "linear");

    // First two learners, then a third: only that one is computed.
    bench.ok(&with(
        &[&learners[..4], &["--out", "two", "--jobs", "3"]].concat(),
    ));
    let two: Value = serde_json::from_str(&bench.ok(&with(
        &[&learners[..], &["--out", "two", "--jobs", "3"]].concat(),
    )))
    .unwrap();
    assert_eq!(two["steps_in_this_call"], 10 * 40_000);
    let read = |name: &str| std::fs::read(bench.path(name)).unwrap();
    assert_eq!(read("one/plasticity.json"), read("two/plasticity.json"));
    assert_eq!(read("one/plasticity.html"), read("two/plasticity.html"));

    // A damaged state is computed again.
    let states: Vec<_> = bench.files("two/states");
    bench.write(&format!("two/states/{}", states[0].0), "nothing");
    bench.ok(&with(&[&learners[..], &["--out", "two"]].concat()));
    assert_eq!(read("one/plasticity.json"), read("two/plasticity.json"));
}

#[test]
fn the_page_shows_each_learner_and_escapes_names() {
    let bench = Bench::empty();
    bench.ok(&with(&[
        "--learner",
        "sgd:rate=0.02",
        "--learner",
        "snr",
        "--out",
        "a",
    ]));
    let page = std::fs::read_to_string(bench.path("a/plasticity.html")).unwrap();
    for part in [
        "Slowly-changing regression",
        "sgd:rate=0.02",
        "snr",
        "<svg",
        "one of them flips",
        "Holm",
    ] {
        assert!(page.contains(part), "{part}");
    }
    assert!(!page.contains("NaN") && !page.contains("http-equiv=\"refresh"));
}

#[test]
fn digits_are_read_from_idx_files() {
    let bench = Bench::empty();
    let mut images = vec![0, 0, 8, 3, 0, 0, 0, 40, 0, 0, 0, 3, 0, 0, 0, 3];
    let mut labels = vec![0, 0, 8, 1, 0, 0, 0, 40];
    for picture in 0..40_u8 {
        images.extend((0..9).map(|pixel| {
            if pixel == picture % 4 {
                255
            } else {
                3 * picture
            }
        }));
        labels.push(picture % 4);
    }
    std::fs::write(bench.path("images"), &images).unwrap();
    std::fs::write(bench.path("labels"), &labels).unwrap();
    let call = [
        "plasticity",
        "run",
        "digits",
        "--learner",
        "sgd",
        "--steps",
        "2000",
        "--bin",
        "100",
        "--period",
        "400",
        "--hidden",
        "12",
        "--seeds",
        "2",
        "--json",
        "--images",
        "images",
        "--labels",
        "labels",
    ];
    let report: Value = serde_json::from_str(&bench.ok(&call)).unwrap();
    let learner = &report["studies"][0]["learners"][0];
    assert_eq!(learner["parameters"], 9 * 12 + 12 + 12 * 4 + 4);
    assert!(
        learner["curve"][3][1]["value"].as_f64().unwrap() > 0.4,
        "{learner}"
    );
    std::fs::write(bench.path("labels"), &images).unwrap();
    let message = bench.fails(1, &call);
    assert!(
        message.contains("images and labels cannot be used: the file of labels is no idx file"),
        "{message}"
    );
    assert!(message.contains("MNIST"), "{message}");
}

#[test]
fn mistakes_are_named() {
    let bench = Bench::empty();
    for (more, expected) in [
        (&["--learner", "sdg"][..], "there is no learner `sdg`"),
        (
            &["--learner", "sgd:maturity=3"],
            "has no setting `maturity`",
        ),
        (
            &["--classes", "5"],
            "--classes is an option of the stream `classes`",
        ),
        (&["--bin", "3000"], "are not 20 or more bins"),
        (&["--hidden", "0"], "a width must be from 1 to 10000"),
    ] {
        let mut call = vec!["plasticity", "compare", "regression", "--steps", "40000"];
        call.extend(more);
        let message = bench.fails(1, &call);
        assert!(message.contains(expected), "{message}");
    }
}
