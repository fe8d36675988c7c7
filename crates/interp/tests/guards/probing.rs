//! Probes of planted variables, and activations on disk.

use super::training::sums;
use super::*;

const TEXTS: usize = 300;

const WIDTH: usize = 12;

pub(super) fn row(sample: &str, step: i32, value: usize, semantics: &str) -> LedgerRow {
    LedgerRow {
        sample: sample.to_owned(),
        token: Some(u32::try_from(step).unwrap()),
        byte: 0,
        step,
        variable: "planted".to_owned(),
        value: value.to_string(),
        kind: LatentKind::Latent,
        semantics: semantics.to_owned(),
    }
}

/// A number that looks random.
fn noise(seed: usize) -> f32 {
    let x = (seed as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let x = (x ^ (x >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    ((x >> 40) as f32) / 8_388_608.0 - 1.0
}

/// Noise with one direction for each value of a variable under the original semantics, and none for the
/// others.
pub(super) fn planted(part: usize) -> (Activations, Ledger) {
    let samples: Vec<String> = (0..TEXTS).map(|text| format!("{part}-{text}")).collect();
    let mut ledger = Ledger::new(samples.clone());
    let (mut spots, mut rows) = (Vec::new(), Vec::new());
    for (text, sample) in samples.iter().enumerate() {
        for step in 0..3_usize {
            let seed = (part * TEXTS + text) * 3 + step;
            let truth = (noise(seed + 77_777).abs() * 4.0) as usize % 4;
            let other = (noise(seed + 99_999_999).abs() * 4.0) as usize % 4;
            let at = i32::try_from(step).unwrap();
            ledger.add(&row(sample, at, truth, "original"));
            ledger.add(&row(sample, at, other, "swapped"));
            spots.push(Spot {
                text,
                position: step + 1,
            });
            for column in 0..WIDTH {
                let direction = noise(1_000 * truth + column + 5);
                rows.push(direction + 0.3 * noise(seed * WIDTH + column + 1_000_000));
            }
        }
    }
    let activations = Activations {
        width: WIDTH,
        sites: vec!["hook_embed".to_owned()],
        samples,
        spots,
        rows: vec![rows],
    };
    (activations, ledger.finish())
}

fn plan(shuffled: bool) -> Plan {
    Plan {
        variables: vec!["planted".to_owned()],
        base: "original".to_owned(),
        semantics: vec!["original".to_owned(), "swapped".to_owned()],
        sites: vec!["hook_embed".to_owned()],
        offsets: vec![0, 1],
        layers: vec![0, 1, 2],
        deep_offsets: vec![0, 1],
        classifier: ClassifierSettings {
            layers: 0,
            width: 16,
            epochs: 12,
            batch: 64,
            learning_rate: 0.02,
            weight_decay: 0.01,
            seed: 3,
        },
        seeds: 2,
        fit_steps: Vec::new(),
        shuffled,
        threads: 2,
    }
}

#[test]
fn a_planted_direction_is_recovered_and_nothing_else_is() {
    let ((fit, fit_ledger), (test, test_ledger)) = (planted(0), planted(1));
    let fit = Observed {
        activations: &fit,
        ledger: &fit_ledger,
    };
    let test = Observed {
        activations: &test,
        ledger: &test_ledger,
    };
    let mut draws = Draws::new(TEXTS, 200, 1);
    let outcomes = study(&plan(false), fit, test, &|_| {}).unwrap();
    assert_eq!(outcomes.len(), 6);
    for outcome in &outcomes {
        let summary = summarize(outcome, &mut draws);
        if summary.offset == 0 {
            assert!(summary.accuracy.value > 0.97, "{summary:?}");
            assert!(summary.alternatives["swapped"] < 0.35, "{summary:?}");
            assert!(summary.gap.unwrap().low > 0.55, "{summary:?}");
        } else {
            // The next state is not in the stream: no gap, and the interval says so.
            assert!(summary.accuracy.value < 0.35, "{summary:?}");
            assert!(summary.gap.unwrap().value.abs() < 0.1, "{summary:?}");
        }
    }
    let again = study(
        &Plan {
            threads: 1,
            ..plan(false)
        },
        fit,
        test,
        &|_| {},
    )
    .unwrap();
    assert_eq!(again, outcomes, "the number of threads changed a result");
    let twice = merge(vec![outcomes, again]);
    // Linear probes have one optimum; those with hidden layers differ in their seeds.
    for outcome in &twice {
        let wanted = if outcome.layers == 0 { 2 } else { 4 };
        assert_eq!(outcome.replicates.len(), wanted);
    }
}

/// A ledger whose second semantics has no value in every third text, and whose programs are of two texts each.
fn with_holes(part: usize) -> (Activations, Ledger) {
    let (activations, whole) = planted(part);
    let samples = activations.samples.clone();
    let mut ledger = Ledger::new(samples.clone());
    for semantics in ["original", "swapped"] {
        let labels = whole.labels("planted", semantics, 0, whole.classes("planted"));
        for (mark, label) in whole.marks().iter().zip(labels) {
            let text = mark.spot.text;
            if semantics == "original" || !text.is_multiple_of(3) {
                ledger.add(&row(&samples[text], mark.step, label.unwrap(), semantics));
            }
        }
    }
    (
        activations,
        ledger.finish().grouped((0..TEXTS).map(|text| text / 2)),
    )
}

#[test]
fn only_tokens_with_a_value_under_all_semantics_are_compared() {
    let ((fit, fit_ledger), (test, test_ledger)) = (with_holes(0), with_holes(1));
    let observed = |activations, ledger| Observed {
        activations,
        ledger,
    };
    let plan = Plan {
        layers: vec![0],
        offsets: vec![0],
        ..plan(false)
    };
    let outcomes = study(
        &plan,
        observed(&fit, &fit_ledger),
        observed(&test, &test_ledger),
        &|_| {},
    )
    .unwrap();
    let outcome = &outcomes[0];
    // A third of the texts is left out, three tokens each.
    assert_eq!((outcome.tested.len(), outcome.left_out), (TEXTS * 2, TEXTS));
    for replicate in &outcome.replicates {
        assert!(
            replicate
                .right
                .values()
                .all(|right| right.len() == TEXTS * 2)
        );
    }
    assert!(outcome.tested.iter().all(|token| token.program < TEXTS / 2));
    let mut draws = Draws::new(test_ledger.program_count(), 200, 1);
    let summary = summarize(outcome, &mut draws);
    // Of three programs in a row one has both of its texts, two have one of them.
    assert_eq!((summary.programs, summary.left_out), (TEXTS / 2, TEXTS));
    assert!(summary.gap.unwrap().low > 0.55, "{summary:?}");
    // Without values under the original semantics there is nothing to compare with.
    let plan = Plan {
        semantics: vec!["swapped".to_owned()],
        ..plan.clone()
    };
    let error = study(
        &plan,
        observed(&fit, &fit_ledger),
        observed(&test, &test_ledger),
        &|_| {},
    )
    .unwrap_err();
    assert!(error.to_string().contains("`original`"), "{error}");
}

#[test]
fn without_an_alternative_there_is_accuracy_and_no_gap() {
    let ((fit, fit_ledger), (test, test_ledger)) = (planted(0), planted(1));
    // Every third text has a length that does not occur in training.
    let apart = |ledger: Ledger| ledger.apart((0..TEXTS).map(|text| text % 3 == 0).collect());
    let (fit_ledger, test_ledger) = (apart(fit_ledger), apart(test_ledger));
    let observed = |activations, ledger| Observed {
        activations,
        ledger,
    };
    let plan = Plan {
        semantics: vec!["original".to_owned()],
        layers: vec![0],
        offsets: vec![0],
        ..plan(false)
    };
    let (fit, test) = (observed(&fit, &fit_ledger), observed(&test, &test_ledger));
    let outcomes = study(&plan, fit, test, &|_| {}).unwrap();
    let mut draws = Draws::new(TEXTS, 200, 1);
    let mut summaries = vec![summarize(&outcomes[0], &mut draws)];
    correct(&mut summaries);
    let summary = &summaries[0];
    assert_eq!((summary.gap, summary.p, summary.holm), (None, None, None));
    assert!(summary.by_step.is_empty() && summary.alternative().is_none());
    assert!(summary.accuracy.low > 0.95, "{summary:?}");
    assert_eq!((summary.states, summary.replicates), (TEXTS * 2, 1));
    let beyond = summary.beyond.as_ref().unwrap();
    assert_eq!((beyond.gap, beyond.states), (None, TEXTS));
    assert!(beyond.accuracy.low > 0.9, "{summary:?}");
    // With the other semantics as the base, the gap has the other sign.
    let plan = Plan {
        base: "swapped".to_owned(),
        semantics: vec!["original".to_owned(), "swapped".to_owned()],
        ..plan
    };
    let outcomes = study(&plan, fit, test, &|_| {}).unwrap();
    let mut summaries = vec![summarize(&outcomes[0], &mut draws)];
    correct(&mut summaries);
    assert!(summaries[0].gap.unwrap().high < -0.55 && !summaries[0].positive());
    assert!(summaries[0].holm.unwrap() < 1e-6, "{summaries:?}");
}

#[test]
fn labels_of_a_control_task_take_part_as_a_semantics() {
    let (_, mut ledger) = planted(0);
    let own = ledger.classes("planted").len();
    ledger.label("planted", "control", |mark| {
        (mark.step != 1).then_some((mark.spot.text + mark.spot.position) % own)
    });
    let names = ledger.classes("planted").to_vec();
    let found = ledger.labels("planted", "control", 0, &names);
    for (mark, label) in ledger.marks().iter().zip(found) {
        let wanted = (mark.step != 1).then_some((mark.spot.text + mark.spot.position) % own);
        assert_eq!(label, wanted);
    }
}

#[test]
fn shuffled_labels_give_chance() {
    let ((fit, fit_ledger), (test, test_ledger)) = (planted(0), planted(1));
    let fit = Observed {
        activations: &fit,
        ledger: &fit_ledger,
    };
    let test = Observed {
        activations: &test,
        ledger: &test_ledger,
    };
    let mut draws = Draws::new(TEXTS, 200, 1);
    // Each of the four groups of rows gets whatever value chance made most frequent in it, so that one
    // probe may be right for none or for half of them; the mean over many is a quarter.
    let plan = Plan {
        layers: vec![0],
        offsets: vec![0],
        seeds: 24,
        ..plan(true)
    };
    let outcomes = study(&plan, fit, test, &|_| {}).unwrap();
    let summary = summarize(&outcomes[0], &mut draws);
    assert!((summary.accuracy.value - 0.25).abs() < 0.12, "{summary:?}");
    assert!(summary.gap.unwrap().includes_zero(), "{summary:?}");
}

#[test]
fn activations_read_back_and_are_those_of_the_stream() {
    let folder = tempfile::tempdir().unwrap();
    let decoder = Decoder::untrained(ModelConfig::small(7, 16, 2, 2), 3, &Device::Cpu).unwrap();
    let texts = sums();
    let spots: Vec<Spot> = (0..4)
        .flat_map(|text| [1, 4].map(|position| Spot { text, position }))
        .collect();
    let mut settings = DumpSettings {
        sites: Site::main(2),
        precision: Precision::F32,
        shard_rows: 3,
        batch: 3,
        pad: 0,
    };
    let origin = Origin {
        model: "m".to_owned(),
        data: "d".to_owned(),
        ledger: "l".to_owned(),
    };
    let dump = |settings: &DumpSettings| {
        let out = folder.path();
        let origin = origin.clone();
        activations::dump(&decoder, &texts, &spots, origin, settings, out, &mut |_| {}).unwrap()
    };
    let index = dump(&settings);
    assert_eq!(index.shards.len(), 3);
    let read = activations::read(folder.path()).unwrap();
    assert_eq!(read.spots, spots);
    assert_eq!(
        read.sites,
        [
            "hook_embed",
            "blocks.0.hook_resid_post",
            "blocks.1.hook_resid_post"
        ]
    );
    let mut expected = Vec::new();
    let input = Input {
        ids: texts.words(3),
        time: 8,
    };
    let mut look = |site: Site, stream: Tensor| {
        if site == Site::Post(1) {
            let all: Vec<f32> = stream.flatten_all()?.to_vec1()?;
            expected = all[4 * 16..5 * 16].to_vec();
        }
        Ok(stream)
    };
    decoder.run(input, &[], Some(&mut look)).unwrap();
    let found = &read.rows[2][7 * 16..];
    let far = expected
        .iter()
        .zip(found)
        .map(|(a, b)| (a - b).abs())
        .fold(0.0, f32::max);
    assert!(far < 1e-5, "{far}");
    settings.precision = Precision::F16;
    dump(&settings);
    let half = activations::read(folder.path()).unwrap();
    let pairs = half.rows[2].iter().zip(&read.rows[2]);
    assert!(
        pairs
            .into_iter()
            .all(|(a, b)| (a - b).abs() <= 1e-3 * b.abs() + 1e-6)
    );
}
