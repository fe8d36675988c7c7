//! Training that stops, is killed, or starts again; models on disk.

use super::*;

pub(super) fn vocabulary() -> Vocabulary {
    let words = [PAD, BEGIN, END, "0", "1", "+", "="];
    Vocabulary::new(words.map(str::to_owned).to_vec()).unwrap()
}

/// Sums of two bits.
pub(super) fn sums() -> Texts {
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

pub(super) fn settings() -> TrainSettings {
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
