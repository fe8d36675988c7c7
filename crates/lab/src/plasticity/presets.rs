//! Settings of the streams to start from, and those of the demonstration.

use tracestone_plasticity::{
    Activation, Change, ClassSettings, DigitSettings, KarelSettings, Learner, LearnerError,
    RegressionSettings, Settings, StreamSettings,
};

use super::PlasticityStudy;

/// A kind of stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stream {
    /// Regression whose input bits change slowly.
    Regression,
    /// Digits whose pixels change places.
    Digits,
    /// Pictures of more and more classes.
    Classes,
    /// Karel programs whose opcodes change their meaning.
    Karel,
}

impl Stream {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Regression, Self::Digits, Self::Classes, Self::Karel];

    /// The name on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Regression => "regression",
            Self::Digits => "digits",
            Self::Classes => "classes",
            Self::Karel => "karel",
        }
    }

    /// The name for people.
    fn title(self) -> &'static str {
        match self {
            Self::Regression => "Slowly-changing regression",
            Self::Digits => "Permuted digits",
            Self::Classes => "Class-incremental pictures",
            Self::Karel => "Karel with renamed opcodes",
        }
    }

    /// The settings to start from: those of the paper where it has them and two processors allow it.
    #[must_use]
    pub fn settings(self) -> Settings {
        let (stream, hidden, steps, bin) = match self {
            Self::Regression => {
                let own = RegressionSettings::default();
                (StreamSettings::Regression(own), vec![5], 2_000_000, 20_000)
            }
            Self::Digits => {
                let own = DigitSettings::default();
                (
                    StreamSettings::Digits(own),
                    vec![100, 100, 100],
                    200_000,
                    2_000,
                )
            }
            Self::Classes => {
                let own = ClassSettings {
                    period: 5_000,
                    ..ClassSettings::default()
                };
                (StreamSettings::Classes(own), vec![100, 100], 100_000, 1_000)
            }
            Self::Karel => {
                let own = KarelSettings::default();
                (
                    StreamSettings::Karel(own),
                    vec![100, 100, 100],
                    200_000,
                    2_000,
                )
            }
        };
        Settings {
            stream,
            hidden,
            activation: Activation::Relu,
            steps,
            bin,
            measure_every: 10,
            seeds: 10,
            first_seed: 0,
        }
    }

    /// The learners of a comparison that names none.
    #[must_use]
    pub fn learners(self) -> &'static [&'static str] {
        match self {
            Self::Regression => &[
                "sgd",
                "linear",
                "momentum",
                "adam",
                "l2",
                "l2-init",
                "shrink-perturb",
                "layer-norm",
                "redo",
                "snr",
                "cbp",
            ],
            Self::Digits => &[
                "sgd:rate=0.03",
                "l2:rate=0.03,l2=1e-4",
                "layer-norm:rate=0.03",
                "cbp:rate=0.03",
            ],
            Self::Karel => &["sgd:rate=0.03", "l2:rate=0.03,l2=1e-4", "cbp:rate=0.03"],
            Self::Classes => &[
                "sgd:rate=0.03",
                "layer-norm:rate=0.03",
                "cbp:rate=0.03,replacement=1e-5",
            ],
        }
    }
}

/// A study with the settings to start from.
///
/// # Errors
/// A learner cannot be understood.
pub fn preset(stream: Stream, learners: &[String]) -> Result<PlasticityStudy, LearnerError> {
    let learners: Result<Vec<Learner>, _> = if learners.is_empty() {
        stream.learners().iter().map(|text| text.parse()).collect()
    } else {
        learners.iter().map(|text| text.parse()).collect()
    };
    Ok(PlasticityStudy {
        name: stream.title().to_owned(),
        settings: stream.settings(),
        learners: learners?,
        pictures: None,
    })
}

/// The studies of the demonstration, a few minutes on two processors.
///
/// # Errors
/// Never: the learners are those of the presets.
pub fn demo_studies(seeds: u64, first_seed: u64) -> Result<Vec<PlasticityStudy>, LearnerError> {
    let mut studies = Vec::new();
    for stream in Stream::ALL {
        let mut study = preset(stream, &[])?;
        study.settings.seeds = seeds;
        study.settings.first_seed = first_seed;
        studies.push(study);
    }
    studies[1].settings.steps = 120_000;
    studies[3].settings.steps = 120_000;
    // The default of the published code.
    let mut redrawn = preset(Stream::Regression, &["sgd".to_owned(), "cbp".to_owned()])?;
    "Slowly-changing regression, all slow bits redrawn".clone_into(&mut redrawn.name);
    redrawn.settings = studies[0].settings.clone();
    if let StreamSettings::Regression(own) = &mut redrawn.settings.stream {
        own.change = Change::All;
    }
    studies.insert(1, redrawn);
    Ok(studies)
}
