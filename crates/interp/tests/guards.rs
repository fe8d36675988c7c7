//! Properties of training and probing: gradients, recovery of planted variables, chance level without them,
//! resumption.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on has failed, and says where"
)]

use std::ops::ControlFlow;

use candle_core::{CpuStorage, CustomOp1, Layout, Shape, Var};
use tracestone_interp::activations::{self, Activations, DumpSettings, Origin, Precision, Spot};
use tracestone_interp::causal::{Case, Change, Patch, say};
use tracestone_interp::data::{Batch, Texts};
use tracestone_interp::ledger::Ledger;
use tracestone_interp::model::{Decoder, Edit, Input, Site};
use tracestone_interp::parameters::{self, AdamW, Moments};
use tracestone_interp::probe::{
    ClassifierSettings, Draws, Observed, Plan, merge, study, summarize,
};
use tracestone_interp::training::{
    Ended, Learner, TrainSettings, checkpoint_folder, history, train,
};
use tracestone_interp::{BEGIN, Device, END, ModelConfig, PAD, Tensor, Vocabulary, directory};
use tracestone_record::{LatentKind, LedgerRow};

fn shapes() -> Vec<ModelConfig> {
    let plain = ModelConfig::small(11, 8, 2, 2);
    let mut grouped = ModelConfig::small(11, 8, 2, 4);
    grouped.key_value_heads = 2;
    grouped.tied = true;
    grouped.query_bias = true;
    let mut biased = ModelConfig::small(11, 12, 1, 2);
    biased.query_bias = true;
    biased.output_bias = true;
    let mut normed = ModelConfig::small(11, 8, 1, 2);
    normed.key_value_heads = 1;
    normed.head_norms = true;
    vec![plain, grouped, biased, normed]
}

const IDS: [u32; 8] = [1, 5, 3, 7, 1, 9, 10, 4];
const ROWS: [usize; 5] = [1, 2, 3, 5, 7];
const TARGETS: [u32; 5] = [3, 7, 2, 10, 6];

fn input() -> Input<'static> {
    Input { ids: &IDS, time: 4 }
}

/// The logits of some rows, one after the other.
fn logits(decoder: &Decoder, rows: &[usize], edit: Option<&mut Edit<'_>>) -> Vec<f32> {
    let logits = decoder.run(input(), rows, edit).unwrap();
    logits.flatten_all().unwrap().to_vec1().unwrap()
}

/// The summed loss, in double precision from the logits on.
fn loss(decoder: &Decoder) -> f64 {
    logits(decoder, &ROWS, None)
        .chunks_exact(decoder.config.vocabulary)
        .zip(TARGETS)
        .map(|(row, target)| {
            let total: f64 = row.iter().map(|x| f64::from(*x).exp()).sum();
            total.ln() - f64::from(row[target as usize])
        })
        .sum()
}

fn gradient(decoder: &Decoder) -> Vec<f32> {
    let batch = Batch {
        ids: IDS.to_vec(),
        time: 4,
        rows: ROWS.to_vec(),
        targets: TARGETS.to_vec(),
        owners: Vec::new(),
    };
    let mut gradient = vec![0.0; decoder.config.parameters()];
    let learner = Learner::new(decoder.clone()).unwrap();
    let found = learner.learn(&batch, 1.0, &mut gradient).unwrap();
    assert!((found - loss(decoder)).abs() < 1e-4);
    gradient
}

/// The numbers of a model with biases that are not zero and norms that are not one, so that nothing is right
/// by chance.
fn uneven_values(config: &ModelConfig) -> Vec<f32> {
    let decoder = Decoder::untrained(config.clone(), 1, &Device::Cpu).unwrap();
    let mut values = decoder.values().unwrap();
    for (index, value) in values.iter_mut().enumerate() {
        *value += 0.1 * ((index as f32) * 0.7).sin();
    }
    values
}

fn with_values(config: &ModelConfig, values: &[f32]) -> Decoder {
    Decoder::new(config.clone(), values, &Device::Cpu).unwrap()
}

fn uneven(config: ModelConfig) -> Decoder {
    with_values(&config, &uneven_values(&config))
}

#[test]
fn gradients_agree_with_finite_differences() {
    for config in shapes() {
        let mut values = uneven_values(&config);
        let gradient = gradient(&with_values(&config, &values));
        for entry in parameters::Layout::new(&config).entries() {
            // Every number of small tensors, a few of large ones.
            let step = (entry.range.len() / 7).max(1);
            for at in entry.range.clone().step_by(step) {
                let (kept, h) = (values[at], 2e-3);
                values[at] = kept + h;
                let above = loss(&with_values(&config, &values));
                values[at] = kept - h;
                let below = loss(&with_values(&config, &values));
                values[at] = kept;
                let expected = (above - below) / f64::from(2.0 * h);
                let found = f64::from(gradient[at]);
                assert!(
                    (expected - found).abs() < 2e-3 + 0.02 * expected.abs(),
                    "{} at {at}: difference {expected}, gradient {found}",
                    entry.name
                );
            }
        }
    }
}

#[test]
fn every_parameter_gets_a_gradient() {
    for config in shapes() {
        let decoder = uneven(config);
        let gradient = gradient(&decoder);
        for (entry, _) in decoder.parameters() {
            let own = &gradient[entry.range.clone()];
            let some = own.iter().filter(|slope| **slope != 0.0).count();
            // Of the embedding only rows of words that occur have one, unless it is the output as well.
            let all = if entry.name.contains("embed_tokens") && !decoder.config.tied {
                own.len() / 11
            } else {
                own.len()
            };
            // Values' and keys' bias: adding to every key changes no attention weight.
            if !entry.name.ends_with("k_proj.bias") {
                assert!(some >= all, "{}: {some} of {all}", entry.name);
            }
        }
    }
}

/// An operation of its own without gradient, like candle-nn's fused softmax, norms and rotary positions.
struct Fused;

impl CustomOp1 for Fused {
    fn name(&self) -> &'static str {
        "fused"
    }

    fn cpu_fwd(
        &self,
        storage: &CpuStorage,
        layout: &Layout,
    ) -> candle_core::Result<(CpuStorage, Shape)> {
        let values = storage.as_slice::<f32>()?.iter().map(|x| x.exp());
        let values = CpuStorage::F32(values.collect());
        Ok((values, layout.shape().clone()))
    }
}

#[test]
fn an_operation_without_a_gradient_is_lost_without_a_word() {
    // Why the model is made of basic operations, and why a tensor without a gradient ends a training.
    let variable = Var::new(&[0.5_f32], &Device::Cpu).unwrap();
    let plain = variable.exp().unwrap();
    let fused = variable.apply_op1_no_bwd(&Fused).unwrap();
    let value = |tensor: &Tensor| tensor.to_vec1::<f32>().unwrap()[0];
    assert!((value(&plain) - value(&fused)).abs() < 1e-6);
    let slopes = |tensor: &Tensor| tensor.sum_all().unwrap().backward().unwrap();
    assert!(slopes(&plain).get(&variable).is_some());
    assert!(slopes(&fused).get(&variable).is_none());
}

#[test]
fn what_is_patched_changes_what_comes_later_and_nothing_before() {
    let decoder = uneven(shapes().remove(0));
    let rows: Vec<usize> = (0..IDS.len()).collect();
    let plain = logits(&decoder, &rows, None);
    let mut seen = Vec::new();
    let mut edit = |site: Site, stream: Tensor| {
        seen.push(site.name());
        if site != Site::Post(0) {
            return Ok(stream);
        }
        let mut more = [0.0_f32; 8 * 8];
        more[2 * 8] = 1.0;
        let more = Tensor::from_slice(&more, (2, 4, 8), stream.device())?;
        Ok((stream + more)?)
    };
    let patched = logits(&decoder, &rows, Some(&mut edit));
    assert_eq!(
        seen,
        [
            "hook_embed",
            "blocks.0.hook_resid_mid",
            "blocks.0.hook_resid_post",
            "blocks.1.hook_resid_mid",
            "blocks.1.hook_resid_post"
        ]
    );
    let differs: Vec<bool> = plain
        .chunks(11)
        .zip(patched.chunks(11))
        .map(|(a, b)| a != b)
        .collect();
    // Word 2 of the first text and what can look back to it.
    assert_eq!(
        differs,
        [false, false, true, true, false, false, false, false]
    );
}

/// Two cases of different lengths, and the prompts that their texts are to become.
fn cases() -> (Vec<Case>, Vec<Vec<u32>>) {
    let case = |prompt: &[u32]| Case {
        prompt: prompt.to_vec(),
        actual: vec![2, 6, 10],
        counterfactual: vec![2, 3, 10],
    };
    let cases = vec![case(&[1, 5, 3, 7]), case(&[1, 9, 4, 4, 8])];
    (cases, vec![vec![1, 8, 3, 7], vec![1, 9, 5, 6, 8]])
}

#[test]
fn a_text_whose_whole_stream_becomes_that_of_another_is_completed_like_the_other() {
    for decoder in shapes().into_iter().map(uneven) {
        let (cases, others) = cases();
        let plain = say(&decoder, &cases, 0, None).unwrap();
        let mut changed = cases.clone();
        for (case, other) in changed.iter_mut().zip(&others) {
            case.prompt = other.clone();
        }
        let changed = say(&decoder, &changed, 0, None).unwrap();
        assert!(
            plain
                .iter()
                .zip(&changed)
                .all(|(a, b)| a.log_odds != b.log_odds)
        );
        let layers = decoder.config.layers;
        let become_at = |site: Site, words: &dyn Fn(usize) -> Vec<usize>, others: &[Vec<u32>]| {
            let others: Vec<_> = others.iter().map(|o| (o.clone(), words(o.len()))).collect();
            let change = Change::Become(&others);
            say(&decoder, &cases, 0, Some(Patch { site, change })).unwrap()
        };
        let own: Vec<Vec<u32>> = cases.iter().map(|case| case.prompt.clone()).collect();
        for site in Site::main(layers) {
            // All words, those of the completion included (3, the last of which predicts nothing).
            assert_eq!(
                become_at(site, &|len| (0..len + 3).collect(), &others),
                changed
            );
            // Its own vectors change nothing, wherever they are put.
            assert_eq!(become_at(site, &|len| (0..len + 3).collect(), &own), plain);
            assert_eq!(become_at(site, &|_| vec![1, 3], &own), plain);
        }
        // At the embedding, the words that differ are enough: the first text in word 1, the second in 2 and 3.
        assert_eq!(become_at(Site::Embed, &|_| vec![1, 2, 3], &others), changed);
        // After the last block only the words that predict count.
        let last = Site::Post(layers - 1);
        assert_eq!(
            become_at(last, &|len| (len - 1..len + 2).collect(), &others),
            changed
        );
        assert_eq!(
            become_at(last, &|len| (0..len - 1).collect(), &others),
            plain
        );
    }
}

#[test]
fn what_is_added_adds_and_nothing_added_changes_nothing() {
    let decoder = uneven(shapes().remove(0));
    let (cases, others) = cases();
    let plain = say(&decoder, &cases, 0, None).unwrap();
    let add = |moves: &[Vec<(usize, Vec<f32>)>]| {
        let change = Change::Add(moves);
        let site = Site::Embed;
        say(&decoder, &cases, 0, Some(Patch { site, change })).unwrap()
    };
    assert_eq!(add(&[vec![(1, vec![0.0; 8])], vec![]]), plain);
    // From one word's embedding to another's is what makes the first text the other one.
    let mut embedded = Vec::new();
    let pair = Input {
        ids: &[5, 8],
        time: 2,
    };
    let mut look = |site: Site, stream: Tensor| {
        if site == Site::Embed {
            embedded = stream.flatten_all()?.to_vec1::<f32>()?;
        }
        Ok(stream)
    };
    decoder.run(pair, &[0], Some(&mut look)).unwrap();
    let (from, to) = embedded.split_at(8);
    let way = to.iter().zip(from).map(|(to, from)| to - from).collect();
    let moved = add(&[vec![(1, way)], vec![]]);
    let mut changed = cases.clone();
    changed[0].prompt = others[0].clone();
    let changed = say(&decoder, &changed, 0, None).unwrap();
    assert!((moved[0].log_odds - changed[0].log_odds).abs() < 1e-4);
    assert!((moved[0].log_odds - plain[0].log_odds).abs() > 1e-3);
    assert_eq!(moved[1], plain[1]);
}

fn vocabulary() -> Vocabulary {
    let words = [PAD, BEGIN, END, "0", "1", "+", "="];
    Vocabulary::new(words.map(str::to_owned).to_vec()).unwrap()
}

/// Sums of two bits.
fn sums() -> Texts {
    let vocabulary = vocabulary();
    let mut texts = Texts::default();
    for (index, (a, b)) in [(0, 0), (0, 1), (1, 0), (1, 1)].into_iter().enumerate() {
        let text = format!("{BEGIN} {a} + {b} = {} {} {END}", (a + b) / 2, (a + b) % 2);
        texts.push(
            format!("sum-{index}"),
            &vocabulary.encode(&text).unwrap(),
            5,
        );
    }
    texts
}

fn settings() -> TrainSettings {
    TrainSettings {
        model: ModelConfig::small(7, 16, 2, 2),
        steps: 60,
        batch: 4,
        parts: 2,
        learning_rate: 1e-2,
        warmup: 5,
        final_share: 0.1,
        weight_decay: 0.01,
        clip: 1.0,
        seed: 5,
        checkpoints: 3,
        data: "sums".to_owned(),
    }
}

/// Trains in a folder, stopping after these steps; the numbers it ends with.
fn train_in(folder: &std::path::Path, stops: &[usize]) -> Vec<f32> {
    let mut ended = Ended::Stopped;
    while ended == Ended::Stopped {
        ended = train(
            &settings(),
            &sums(),
            &vocabulary(),
            &Device::Cpu,
            folder,
            7,
            &mut |report| {
                if stops.contains(&report.step) {
                    ControlFlow::Break(())
                } else {
                    ControlFlow::Continue(())
                }
            },
        )
        .unwrap();
    }
    let model = directory::read(folder, &Device::Cpu).unwrap();
    model.decoder.values().unwrap()
}

#[test]
fn a_training_that_was_stopped_ends_with_the_same_numbers() {
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let straight = train_in(one.path(), &[]);
    let stopped = train_in(two.path(), &[9, 31]);
    assert_eq!(straight, stopped);
    let (_, reports) = history(two.path()).unwrap();
    assert_eq!(reports.len(), 60);
    assert!(
        reports[59].loss < 0.2 * reports[0].loss,
        "{:?}",
        reports[59]
    );
    for folder in [one.path(), two.path()] {
        for step in [0, 60] {
            assert!(checkpoint_folder(folder, step).join("config.json").exists());
        }
    }
}

#[test]
fn a_kill_loses_the_steps_since_the_state_was_kept_and_nothing_else() {
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let straight = train_in(one.path(), &[]);
    // A panic in the middle leaves what a kill would.
    let killed = std::panic::catch_unwind(|| {
        train(
            &settings(),
            &sums(),
            &vocabulary(),
            &Device::Cpu,
            two.path(),
            7,
            &mut |report| {
                assert!(report.step < 25, "killed");
                ControlFlow::Continue(())
            },
        )
    });
    assert!(killed.is_err());
    assert_eq!(history(two.path()).unwrap().1.len(), 21);
    assert_eq!(train_in(two.path(), &[]), straight);
}

#[test]
fn a_folder_with_another_training_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    train_in(folder.path(), &[]);
    let mut other = settings();
    other.seed = 6;
    let report = &mut |_| ControlFlow::Continue(());
    let (words, device) = (vocabulary(), Device::Cpu);
    let error = train(&other, &sums(), &words, &device, folder.path(), 7, report).unwrap_err();
    assert!(error.to_string().contains("other settings"), "{error}");
}

#[test]
fn a_directory_reads_back_to_the_same_logits() {
    let folder = tempfile::tempdir().unwrap();
    let words: Vec<String> = [PAD, BEGIN, END]
        .into_iter()
        .map(str::to_owned)
        .chain((3..11).map(|word| format!("w{word}")))
        .collect();
    let vocabulary = Vocabulary::new(words).unwrap();
    for config in shapes() {
        let decoder = uneven(config);
        directory::write(folder.path(), &decoder, &vocabulary).unwrap();
        let read = directory::read(folder.path(), &Device::Cpu).unwrap();
        assert_eq!(read.vocabulary.as_ref(), Some(&vocabulary));
        assert_eq!(read.decoder.config, decoder.config);
        assert_eq!(loss(&read.decoder), loss(&decoder));
    }
    std::fs::write(folder.path().join("model.safetensors"), b"no tensors").unwrap();
    let error = directory::read(folder.path(), &Device::Cpu).unwrap_err();
    assert!(error.to_string().contains("model.safetensors"), "{error}");
}

#[test]
fn adam_makes_the_steps_that_its_paper_says() {
    // With a constant gradient both corrected moments are that gradient, so each step is the rate.
    let mut values = vec![1.0, 1.0];
    let mut moments = Moments::zeros(2);
    let settings = AdamW {
        weight_decay: 0.5,
        ..AdamW::default()
    };
    moments.update(&mut values, &[3.0, -3.0], 0..2, settings, 0.1, 1);
    assert!((values[0] - (0.95 - 0.1)).abs() < 1e-6, "{values:?}");
    assert!((values[1] - (0.95 + 0.1)).abs() < 1e-6, "{values:?}");
}

const TEXTS: usize = 300;
const WIDTH: usize = 12;

fn row(sample: &str, step: i32, value: usize, semantics: &str) -> LedgerRow {
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
fn planted(part: usize) -> (Activations, Ledger) {
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
            assert!(summary.original > 0.97, "{summary:?}");
            assert!(summary.alternatives["swapped"] < 0.35, "{summary:?}");
            assert!(summary.gap.low > 0.55, "{summary:?}");
        } else {
            // The next state is not in the stream: no gap, and the interval says so.
            assert!(summary.original < 0.35, "{summary:?}");
            assert!(summary.gap.value.abs() < 0.1, "{summary:?}");
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
    assert_eq!(twice[0].replicates.len(), 4);
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
    assert!((summary.original - 0.25).abs() < 0.12, "{summary:?}");
    assert!(summary.gap.includes_zero(), "{summary:?}");
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
