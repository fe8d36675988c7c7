//! Properties of training and probing: gradients, recovery of planted variables, chance level without them,
//! resumption.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on has failed, and says where"
)]

#[path = "guards/probing.rs"]
mod probing;
#[path = "guards/training.rs"]
mod training;

use std::ops::ControlFlow;

use candle_core::{CpuStorage, CustomOp1, Layout, Shape, Var};
use tracestone_interp::activations::{self, Activations, DumpSettings, Origin, Precision, Spot};
use tracestone_interp::causal::{Case, Change, Patch, say};
use tracestone_interp::data::{Batch, Texts};
use tracestone_interp::ledger::Ledger;
use tracestone_interp::model::{Decoder, Edit, Input, Site};
use tracestone_interp::parameters::{self, AdamW, Moments};
use tracestone_interp::probe::{
    ClassifierSettings, Draws, Observed, Plan, correct, merge, study, summarize,
};
use tracestone_interp::training::{
    Ended, Learner, Memory, Plain, TrainSettings, checkpoint_folder, history, train,
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

#[test]
fn the_plain_gradient_is_that_of_the_tensors() {
    let mut tied = ModelConfig::small(11, 8, 3, 2);
    tied.tied = true;
    let shapes = [ModelConfig::small(11, 12, 2, 3), tied];
    let mut memory = Memory::default();
    for config in shapes {
        let values = uneven_values(&config);
        let wanted = gradient(&with_values(&config, &values));
        let plain = Plain::of(&config).unwrap();
        let batch = Batch {
            ids: IDS.to_vec(),
            time: 4,
            rows: ROWS.to_vec(),
            targets: TARGETS.to_vec(),
            owners: Vec::new(),
        };
        // Twice, since buffers are used again.
        for _ in 0..2 {
            let mut found = vec![0.0; values.len()];
            let lost = plain.learn(&values, &batch, 1.0, &mut found, &mut memory);
            assert!((lost - loss(&with_values(&config, &values))).abs() < 1e-4);
            let most = wanted.iter().fold(0.0_f32, |most, one| most.max(one.abs()));
            for (at, (own, other)) in found.iter().zip(&wanted).enumerate() {
                assert!(
                    (own - other).abs() < 2e-5 * most.max(1.0),
                    "{at}: {own} {other}"
                );
            }
        }
    }
    // Shapes with biases, norms of heads or shared keys are computed on tensors.
    assert!(shapes_of_others().all(|config| Plain::of(&config).is_none()));
}

fn shapes_of_others() -> impl Iterator<Item = ModelConfig> {
    shapes().into_iter().skip(1)
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
