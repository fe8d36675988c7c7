//! Gradients against finite differences; threads and saved states against the bits of a plain run.

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use super::*;
use crate::settings::Settings;

fn rows(count: usize, inputs: usize, seed: u64) -> Vec<f32> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    (0..count * inputs)
        .map(|_| random.random::<f32>() * 2.0 - 0.8)
        .collect()
}

fn small(kind: Kind) -> Settings {
    Settings {
        batch: 40,
        silent_after: 1,
        warmup: 0,
        decay: 0,
        rate: 0.01,
        prefixes: match kind {
            Kind::Matryoshka => vec![5, 12, 24],
            _ => vec![24],
        },
        ..Settings::new(kind, 10, 24, 3.0, 50)
    }
}

/// A training with some silent features.
fn trainer(kind: Kind) -> (Trainer, Vec<f32>) {
    let rows = rows(40, 10, 3);
    let mut trainer = Trainer::new(&small(kind), &rows).unwrap();
    for _ in 0..3 {
        trainer.step(&rows);
    }
    for feature in [2, 17, 20] {
        trainer.silence[feature] = 9;
        trainer.weights.encoder_bias[feature] = -5.0;
    }
    (trainer.clone(), trainer.scaled(&rows))
}

fn check(kind: Kind) {
    let (mut trainer, rows) = trainer(kind);
    // The auxiliary loss takes the error of the others as given, which finite differences do not: it has its own test.
    trainer.silence.fill(0);
    let pass = trainer.forward(&rows);
    let all = trainer.gradients(&rows, &pass);
    let mut seen = 0;
    for part in 0..4 {
        let gradient = [
            &all.encoder,
            &all.decoder,
            &all.encoder_bias,
            &all.decoder_bias,
        ][part];
        for at in (0..gradient.len()).step_by(7) {
            let mut losses = [0.0; 2];
            let mut same = true;
            for (side, loss) in losses.iter_mut().enumerate() {
                let mut moved = trainer.clone();
                let weights = &mut moved.weights;
                let values = [
                    &mut weights.encoder,
                    &mut weights.decoder,
                    &mut weights.encoder_bias,
                    &mut weights.decoder_bias,
                ];
                values.into_iter().nth(part).unwrap()[at] += [1e-3, -1e-3][side];
                let other = moved.forward(&rows);
                same &= other.main.features == pass.main.features && other.l0 == pass.l0;
                *loss = other.loss;
            }
            // Where another feature fires, the loss jumps.
            if same {
                let wanted = (losses[0] - losses[1]) / 2e-3;
                let found = f64::from(gradient[at]);
                assert!(
                    (wanted - found).abs() < 2e-3 + 1e-2 * wanted.abs(),
                    "{kind:?} {part} {at}: {wanted} {found}"
                );
                seen += usize::from(wanted.abs() > 1e-3);
            }
        }
    }
    assert!(seen > 15, "{seen}");
}

#[test]
fn gradients_are_those_of_finite_differences() {
    for (_, kind) in Kind::ALL {
        check(kind);
    }
}

#[test]
fn the_auxiliary_loss_teaches_silent_features_alone() {
    let (mut trainer, rows) = trainer(Kind::BatchTopk);
    let with = trainer.forward(&rows);
    let auxiliary = with.auxiliary.as_ref().unwrap();
    assert_eq!(with.silent.len(), 3);
    assert!(
        auxiliary
            .chosen
            .features
            .iter()
            .all(|one| [2, 17, 20].contains(one))
    );
    let all = trainer.gradients(&rows, &with);
    // Weights that only the auxiliary loss has a part in: of a silent feature that did not fire.
    let own = with.silent.iter().find(|one| !with.fired[**one as usize]);
    let place = *own.unwrap() as usize * 10 + 4;
    let mut losses = [0.0; 2];
    for (side, loss) in losses.iter_mut().enumerate() {
        let mut moved = trainer.clone();
        moved.weights.decoder[place] += [1e-3, -1e-3][side];
        *loss = moved.forward(&rows).auxiliary.unwrap().loss;
    }
    let wanted = (losses[0] - losses[1]) / 2e-3;
    assert!(
        (wanted - f64::from(all.decoder[place])).abs() < 1e-3,
        "{wanted} {}",
        all.decoder[place]
    );
}

#[test]
fn threads_and_stops_change_no_bit() {
    let data = rows(300, 10, 5);
    for (_, kind) in Kind::ALL {
        for frozen in [Frozen::Nothing, Frozen::SoftDecoder] {
            let settings = Settings {
                batch: 300,
                frozen,
                ..small(kind)
            };
            let run = |threads: usize, stop: bool| {
                let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
                pool.build().unwrap().install(|| {
                    let mut trainer = Trainer::new(&settings, &data).unwrap();
                    for step in 0..20 {
                        trainer.step(&data);
                        if stop && step == 7 {
                            trainer = Trainer::load(&settings, &trainer.save()).unwrap();
                        }
                    }
                    trainer.save()
                })
            };
            let plain = run(1, false);
            assert!(plain == run(3, false), "{kind:?}: threads");
            assert!(plain == run(2, true), "{kind:?}: a stop");
            let mut damaged = plain.clone();
            damaged[700] ^= 1;
            assert!(Trainer::load(&settings, &damaged).is_err());
            let other = Settings {
                seed: 1,
                ..settings.clone()
            };
            assert!(Trainer::load(&other, &plain).is_err());
        }
    }
}

#[test]
fn directions_stay_one_long_and_near_where_they_must() {
    let data = rows(200, 10, 5);
    for frozen in [
        Frozen::Nothing,
        Frozen::SoftDecoder,
        Frozen::Decoder,
        Frozen::Encoder,
    ] {
        let settings = Settings {
            batch: 200,
            frozen,
            rate: 0.05,
            ..small(Kind::BatchTopk)
        };
        let first = Trainer::new(&settings, &data).unwrap();
        let mut trainer = first.clone();
        let losses: Vec<f64> = (0..40).map(|_| trainer.step(&data).error).collect();
        assert!(losses[39] < losses[0], "{frozen:?}: {losses:?}");
        let pairs = trainer.weights.decoder.chunks_exact(10);
        let mut least = 1.0_f32;
        for (direction, before) in pairs.zip(first.weights.decoder.chunks_exact(10)) {
            assert!((dot(direction, direction) - 1.0).abs() < 1e-5);
            least = least.min(dot(direction, before));
        }
        let moved = trainer.weights.encoder != first.weights.encoder;
        match frozen {
            Frozen::Nothing => assert!(least < 0.7 && moved, "{least}"),
            Frozen::SoftDecoder => assert!((0.799..0.9).contains(&least) && moved, "{least}"),
            Frozen::Decoder => assert!(least > 0.999 && moved),
            Frozen::Encoder => assert!(least < 0.999 && !moved),
        }
    }
}

#[test]
fn the_inference_threshold_lets_about_as_many_fire() {
    let data = rows(400, 10, 9);
    for kind in [Kind::BatchTopk, Kind::Matryoshka, Kind::Topk] {
        let settings = Settings {
            batch: 400,
            ..small(kind)
        };
        let mut trainer = Trainer::new(&settings, &data).unwrap();
        for _ in 0..50 {
            trainer.step(&data);
        }
        let found = trainer.dictionary().encode(&data);
        let l0 = found.features.len() as f64 / 400.0;
        assert!((2.0..4.0).contains(&l0), "{kind:?}: {l0}");
    }
}

#[test]
fn thresholds_sink_while_their_feature_is_silent_and_only_then() {
    let (mut trainer, _) = trainer(Kind::Jumprelu);
    let rows = rows(40, 10, 3);
    trainer.silence.fill(0);
    for feature in [2, 3] {
        // Far above all sums, where a threshold has no gradient.
        trainer.weights.thresholds[feature] = 20.0;
        trainer.moments.thresholds.first[feature] = 0.0;
    }
    trainer.silence[2] = 9;
    trainer.step(&rows);
    let thresholds = &trainer.weights.thresholds;
    assert!((thresholds[2] - 19.8).abs() < 1e-4, "{}", thresholds[2]);
    assert!((thresholds[3] - 20.0).abs() < 1e-4, "{}", thresholds[3]);
}
