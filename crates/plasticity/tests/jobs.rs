//! Jobs as users run them: the same numbers in any grouping of seeds and after any stop.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use tracestone_plasticity::{
    Activation, Change, ClassSettings, DigitSettings, Finding, Job, KarelSettings, LEARNERS,
    Learner, RegressionSettings, SeedRecord, Settings, SettingsError, StreamSettings, report,
};

fn settings(stream: StreamSettings, seeds: u64, first_seed: u64) -> Settings {
    Settings {
        stream,
        hidden: vec![8, 6],
        activation: Activation::Relu,
        steps: 4_000,
        bin: 200,
        measure_every: 7,
        seeds,
        first_seed,
    }
}

fn streams() -> [StreamSettings; 4] {
    let regression = RegressionSettings {
        period: 300,
        ..RegressionSettings::default()
    };
    let digits = DigitSettings {
        period: 300,
        pictures: 200,
        noise: 0.3,
    };
    let classes = ClassSettings {
        period: 500,
        classes: 8,
        ..ClassSettings::default()
    };
    [
        StreamSettings::Regression(regression),
        StreamSettings::Digits(digits),
        StreamSettings::Classes(classes),
        StreamSettings::Karel(KarelSettings {
            period: 300,
            ..KarelSettings::default()
        }),
    ]
}

/// Settings under which units are renewed within a short run.
fn hasty(name: &str) -> Learner {
    let text = match name {
        "cbp" => "cbp:replacement=0.01,maturity=20,rule=adam,rate=0.003".to_owned(),
        "redo" => "redo:check=100,threshold=0.5".to_owned(),
        "snr" => "snr:longest=60".to_owned(),
        other => other.to_owned(),
    };
    text.parse().unwrap()
}

fn run(settings: &Settings, learner: &Learner, stop: Option<u64>) -> Vec<SeedRecord> {
    let mut all = Vec::new();
    for block in 0..settings.blocks() {
        let mut job = Job::new(settings, learner, block, None);
        while !job.is_done() {
            job.advance();
            if Some(job.step()) == stop {
                let saved = job.save();
                job = Job::new(settings, learner, block, None);
                job.load(saved).unwrap();
            }
        }
        all.extend(job.records());
    }
    all
}

#[test]
fn a_resumed_job_ends_with_the_same_bits() {
    for stream in streams() {
        for (name, _) in LEARNERS {
            let settings = settings(stream.clone(), 3, 0);
            let learner = hasty(name);
            let whole = run(&settings, &learner, None);
            for stop in [1_400, 3_600] {
                assert_eq!(
                    whole,
                    run(&settings, &learner, Some(stop)),
                    "{name} at {stop}"
                );
            }
            let renews = ["cbp", "redo", "snr"].contains(&name);
            assert_eq!(
                renews,
                whole.iter().any(|record| record.renewed > 0),
                "{name}"
            );
        }
    }
}

#[test]
fn a_seed_has_its_numbers_in_any_company() {
    for stream in streams() {
        let learner = hasty("cbp");
        let many = run(&settings(stream.clone(), 11, 0), &learner, None);
        assert_eq!(
            many.iter().map(|record| record.seed).collect::<Vec<_>>(),
            (0..11).collect::<Vec<_>>()
        );
        let few = run(&settings(stream, 2, 9), &learner, None);
        assert_eq!(many[9..], few[..]);
        assert_ne!(few[0].bins, few[1].bins);
    }
}

#[test]
fn damaged_states_are_refused() {
    let [stream, ..] = streams();
    let own = settings(stream.clone(), 2, 0);
    let learner: Learner = "cbp".parse().unwrap();
    let mut job = Job::new(&own, &learner, 0, None);
    job.advance();
    let saved = job.save();
    for bytes in [
        saved[..saved.len() - 1].to_vec(),
        [&saved[..], &[0]].concat(),
        Vec::new(),
    ] {
        assert!(Job::new(&own, &learner, 0, None).load(bytes).is_err());
    }
    let other = Settings {
        steps: 8_000,
        ..own.clone()
    };
    assert!(
        Job::new(&other, &learner, 0, None)
            .load(saved.clone())
            .is_err()
    );
    assert!(
        Job::new(&own, &"sgd".parse().unwrap(), 0, None)
            .load(saved)
            .is_err()
    );
}

#[test]
fn settings_that_do_not_fit_are_named() {
    let [stream, ..] = streams();
    let own = settings(stream, 2, 0);
    assert_eq!(
        Settings {
            seeds: 1,
            ..own.clone()
        }
        .check(),
        Err(SettingsError::Seeds)
    );
    let bins = Settings {
        steps: 4_100,
        ..own.clone()
    }
    .check();
    assert_eq!(
        bins,
        Err(SettingsError::Bins {
            steps: 4_100,
            bin: 200
        })
    );
    let bits = RegressionSettings {
        slow: 20,
        ..RegressionSettings::default()
    };
    let bits = Settings {
        stream: StreamSettings::Regression(bits),
        ..own.clone()
    };
    assert_eq!(
        bits.check(),
        Err(SettingsError::Bits { slow: 20, bits: 20 })
    );
    let wide = Settings {
        hidden: vec![0],
        ..own.clone()
    };
    assert_eq!(wide.check(), Err(SettingsError::Size("a width", 10_000)));
    assert_eq!(own.check(), Ok(()));
}

/// The effect of the paper, small: plain descent at a high rate gets worse on the slowly changing stream, and
/// continual backpropagation keeps what it could at first.
#[test]
fn backpropagation_loses_plasticity_and_continual_backpropagation_does_not() {
    let stream = |change| {
        StreamSettings::Regression(RegressionSettings {
            change,
            ..RegressionSettings::default()
        })
    };
    let settings = |change| Settings {
        hidden: vec![5],
        steps: 1_000_000,
        bin: 20_000,
        measure_every: 25,
        ..settings(stream(change), 16, 0)
    };
    let one = settings(Change::One);
    let names = ["sgd", "cbp"];
    let all = names.map(|name| {
        let learner: Learner = name.parse().unwrap();
        let records = run(&one, &learner, None);
        (learner, 0, records)
    });
    let report = report(&one, None, &all);
    let [sgd, cbp] = [&report.learners[0], &report.learners[1]];
    assert!(sgd.verdict.change.low > 0.0, "{:?}", sgd.verdict);
    assert!(
        cbp.verdict.change.value < sgd.verdict.change.value / 2.0,
        "{:?}",
        cbp.verdict
    );
    assert_ne!(cbp.verdict.finding, Finding::Lost);
    let dead = |at: &tracestone_plasticity::LearnerReport| at.measures.last().unwrap().dead.value;
    assert!(
        dead(sgd) > 0.5 && dead(cbp) < 0.2,
        "{} {}",
        dead(sgd),
        dead(cbp)
    );
    let comparison = &report.comparisons[0];
    assert!(
        comparison.difference.high < 0.0 && comparison.p < 0.01,
        "{comparison:?}"
    );
}
