//! Files that are written are read back, and files of other tools' making are what they say.

use serde_json::json;

use super::*;

fn dictionary(gate: Gate) -> Dictionary {
    let numbers = |count: usize, first: f32| -> Vec<f32> {
        (0..count).map(|at| first + 0.25 * at as f32).collect()
    };
    Dictionary {
        inputs: 3,
        width: 5,
        encoder: numbers(15, -1.0),
        decoder: numbers(15, -2.0),
        encoder_bias: numbers(5, 0.5),
        decoder_bias: numbers(3, -0.5),
        gate,
    }
}

#[test]
fn every_format_is_read_back() {
    let jump = dictionary(Gate::Jump(vec![0.0, 0.5, 1.0, 1.5, 2.0]));
    let about = About::from_iter([("hook_name".to_owned(), json!("blocks.1.hook_resid_post"))]);
    for (_, format) in Format::ALL {
        let files = write(&jump, format, &about).unwrap();
        let config = files.iter().find(|(name, _)| *name == CONFIG);
        let (_, weights) = files.last().unwrap();
        let config = config.map(|(_, bytes)| bytes.as_slice());
        let (found, _) = read(format, config, weights).unwrap();
        assert_eq!(found, jump, "{format:?}");
        // The same bytes each time.
        assert_eq!(files, write(&jump, format, &about).unwrap());
        for end in [10, weights.len() / 2, weights.len() - 3] {
            assert!(
                read(format, config, &weights[..end]).is_err(),
                "{format:?} {end}"
            );
        }
    }
    let topk = dictionary(Gate::Largest(2));
    let files = write(&topk, Format::SaeLens, &about).unwrap();
    let (found, about) = read(Format::SaeLens, Some(&files[0].1), &files[1].1).unwrap();
    assert_eq!(found, topk);
    assert_eq!(about["hook_name"], "blocks.1.hook_resid_post");
    assert!(about["sae_lens_version"].is_string());
    let refused = write(&topk, Format::GemmaScope, &about).unwrap_err();
    assert!(
        refused.to_string().contains("write it as saelens"),
        "{refused}"
    );
}

#[test]
fn a_decoder_bias_that_is_taken_from_inputs_is_folded() {
    let own = dictionary(Gate::Jump(vec![0.0; 5]));
    let files = write(&own, Format::SaeLens, &About::new()).unwrap();
    let mut config: serde_json::Value = serde_json::from_slice(&files[0].1).unwrap();
    config["apply_b_dec_to_input"] = json!(true);
    let text = config.to_string();
    let (found, _) = read(Format::SaeLens, Some(text.as_bytes()), &files[1].1).unwrap();
    let row = [1.0, -2.0, 3.0];
    let centred: Vec<f32> = row
        .iter()
        .zip(&own.decoder_bias)
        .map(|(x, b)| x - b)
        .collect();
    let (a, b) = (found.encode(&row), own.encode(&centred));
    assert_eq!(a.features, b.features);
    assert!(
        a.values
            .iter()
            .zip(&b.values)
            .all(|(a, b)| (a - b).abs() < 1e-5)
    );
    config["architecture"] = json!("gated");
    let refused = read(
        Format::SaeLens,
        Some(config.to_string().as_bytes()),
        &files[1].1,
    );
    assert!(
        refused
            .unwrap_err()
            .to_string()
            .contains("`gated` is not supported")
    );
}

#[test]
fn half_precision_is_that_of_the_standard() {
    for (bits, value) in [
        (0x3c00, 1.0),
        (0xc000, -2.0),
        (0x3555, 0.333_251_95),
        (0x0001, 5.960_464_5e-8),
        (0x7bff, 65504.0),
    ] {
        assert_eq!(tensors::half(bits), value);
    }
}
