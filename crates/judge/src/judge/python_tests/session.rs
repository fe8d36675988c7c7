//! Tests and code in two processes.
//!
//! The examiner runs the tests with stand-ins for the code's definitions and requests the results of acts
//! (calls and other uses). The performer runs the code, performs all acts from the first on, and reports
//! values. Then the examiner runs again with more results, until the tests end without a guess. Both are
//! restarted each time, so neither has to be trusted to wait, and a run of the tests depends on nothing but
//! results.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::super::{Outcome, Runner, Script, Status, Verdict};
use super::{Exam, Tests};

const EXAMINER: &str = concat!(
    include_str!("values.py"),
    include_str!("inputs.py"),
    include_str!("examiner.py")
);
const PERFORMER: &str = concat!(include_str!("values.py"), include_str!("performer.py"));

/// Rounds for one program. Where acts are guessed ahead a few are enough; where one of them must be found that does
/// not end, there is a round for each.
const ROUNDS: u32 = 300;

/// An act and its result.
type Known = (Value, Value);

/// A program on the way to its verdict.
struct Session<'e> {
    exam: &'e Exam,
    known: Vec<Known>,
    wanted: Vec<Value>,
    /// True while acts are guessed that the tests may come to.
    ahead: bool,
    rounds: u32,
    verdict: Option<Verdict>,
}

/// The verdicts on programs, in order. Equal programs with equal tests are run once.
///
/// # Errors
/// Nothing can be executed.
pub fn examine(exams: &[&Exam], runner: &mut dyn Runner) -> Result<Vec<Verdict>, String> {
    let mut keys: HashMap<String, usize> = HashMap::new();
    let mut sessions: Vec<Session<'_>> = Vec::new();
    let mut places = Vec::with_capacity(exams.len());
    for exam in exams {
        // Plain data: writing it cannot fail.
        let key = serde_json::to_string(&(&exam.program, &exam.tests)).unwrap_or_default();
        places.push(*keys.entry(key).or_insert_with(|| {
            sessions.push(Session::new(exam));
            sessions.len() - 1
        }));
    }
    loop {
        let mut open: Vec<_> = sessions
            .iter_mut()
            .filter(|one| one.verdict.is_none())
            .collect();
        if open.is_empty() {
            break;
        }
        let scripts = open.iter().map(|one| one.examination()).collect();
        for (session, outcome) in open.iter_mut().zip(runner.perform(scripts)?) {
            session.examined(outcome);
        }
        open.retain(|one| one.verdict.is_none());
        let scripts = open.iter().map(|one| one.performance()).collect();
        for (session, outcome) in open.iter_mut().zip(runner.perform(scripts)?) {
            session.performed(outcome);
        }
    }
    let verdicts = places.into_iter().map(|at| sessions[at].verdict.clone());
    Ok(verdicts.flatten().collect())
}

/// Report of the examiner.
#[derive(Deserialize)]
#[serde(untagged)]
enum Examined {
    Ended {
        ended: End,
        #[serde(default)]
        failures: Vec<(String, String, String)>,
        #[serde(default)]
        passed: u32,
        #[serde(default)]
        total: u32,
        #[serde(default)]
        why: String,
    },
    Wants {
        kept: usize,
        wanted: Vec<Value>,
    },
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum End {
    Passed,
    Failed,
    NeverCalled,
    NotDefined,
    NotSupported,
}

/// Report of the performer: results, or how the program itself failed.
#[derive(Deserialize)]
#[serde(untagged)]
enum Performed {
    Results {
        results: Vec<Value>,
    },
    Program {
        program: (String, String, String, String),
    },
}

#[derive(Serialize)]
struct Job<'j> {
    known: &'j [Known],
    ahead: bool,
    #[serde(flatten)]
    tests: BTreeMap<&'static str, Value>,
}

impl<'e> Session<'e> {
    fn new(exam: &'e Exam) -> Self {
        Self {
            exam,
            known: Vec::new(),
            wanted: Vec::new(),
            ahead: true,
            rounds: 0,
            verdict: None,
        }
    }

    fn examination(&self) -> Script {
        let Tests {
            entry,
            stub,
            setup,
            tests,
            inputs,
            reference,
            tolerance,
        } = &self.exam.tests;
        let job = Job {
            known: &self.known,
            ahead: self.ahead,
            tests: BTreeMap::from([
                ("entry", json!(entry)),
                ("prelude", json!(stub)),
                ("setup", json!(setup)),
                ("tests", json!(tests)),
                ("inputs", json!(inputs)),
                ("reference", json!(reference)),
                ("tolerance", json!(tolerance)),
            ]),
        };
        script(EXAMINER, &job, self.exam.cpu_seconds)
    }

    fn performance(&self) -> Script {
        let acts: Vec<&Value> = self
            .known
            .iter()
            .map(|(act, _)| act)
            .chain(&self.wanted)
            .collect();
        let job = json!({ "program": self.exam.program, "acts": acts });
        script(PERFORMER, &job, self.exam.cpu_seconds)
    }

    fn examined(&mut self, outcome: Outcome) {
        self.rounds += 1;
        let text = match outcome {
            Outcome::Returned(text) => text,
            // Guesses can lead where the tests would never go.
            _ if self.ahead => {
                self.ahead = false;
                self.wanted.clear();
                return;
            }
            Outcome::Raised(what) => return self.fail("tests_failed", &what),
            Outcome::Failed(why) if why == "timed_out" => return self.fail("timed_out", &why),
            other => return self.fail("tests_stopped", &format!("{other:?}")),
        };
        match serde_json::from_str(&text) {
            Ok(Examined::Wants { kept, wanted }) => {
                if self.rounds > ROUNDS {
                    return self.fail("too_many_rounds", "the tests do not come to an end");
                }
                self.known.truncate(kept);
                self.wanted = wanted;
            }
            Ok(Examined::Ended {
                ended,
                failures,
                passed,
                total,
                why,
            }) => self.verdict = Some(self.ended(&ended, &failures, (passed, total), &why)),
            Err(error) => self.fail("tests_failed", &error.to_string()),
        }
    }

    fn performed(&mut self, outcome: Outcome) {
        let text = match outcome {
            Outcome::Returned(text) => text,
            _ if self.ahead && self.wanted.len() > 1 => {
                self.ahead = false;
                self.wanted.clear();
                return;
            }
            Outcome::Raised(what) => return self.fail("program_failed", &what),
            other => {
                let why = match other {
                    Outcome::Failed(why) => why,
                    other => format!("{other:?}"),
                };
                let reason = match why.as_str() {
                    "timed_out" | "out_of_memory" | "crashed" | "blocked" => why.as_str(),
                    _ => "program_stopped",
                };
                return self.fail(reason, &why);
            }
        };
        match serde_json::from_str(&text) {
            Ok(Performed::Results { results })
                if results.len() == self.known.len() + self.wanted.len() =>
            {
                let acts = std::mem::take(&mut self.known)
                    .into_iter()
                    .map(|(act, _)| act);
                let acts = acts.chain(std::mem::take(&mut self.wanted));
                self.known = acts.zip(results).collect();
            }
            Ok(Performed::Program {
                program: (_, kind, _, message),
            }) => self.fail("program_failed", &format!("{kind}: {message}")),
            // No honest program's report is like that.
            _ => self.fail("program_stopped", "its report is malformed"),
        }
    }

    fn fail(&mut self, reason: &str, why: &str) {
        let why: String = why.chars().take(2_000).collect();
        self.verdict = Some(Verdict {
            parsed: Some(self.exam.program.trim().to_owned()),
            detail: json!({ "why": why }),
            ..Verdict::none(Status::Wrong, reason)
        });
    }

    fn ended(
        &self,
        ended: &End,
        failures: &[(String, String, String)],
        (passed, total): (u32, u32),
        why: &str,
    ) -> Verdict {
        let reason = match ended {
            End::Passed => "passed",
            End::Failed => "tests_failed",
            End::NeverCalled => "tests_call_nothing",
            End::NotDefined => "not_defined",
            End::NotSupported => "tests_not_supported",
        };
        let is_passed = matches!(ended, End::Passed);
        let mut detail = json!({ "passed": passed, "tests": total });
        if let Some((kind, message, line)) = failures.first() {
            let message = if message.is_empty() {
                kind.clone()
            } else {
                format!("{kind}: {message}")
            };
            detail["why"] = json!(message);
            detail["at"] = json!(line);
        } else if !why.is_empty() {
            detail["why"] = json!(why);
        }
        let verdict = Verdict {
            reason: reason.to_owned(),
            ..Verdict::equal(is_passed, self.exam.program.trim().to_owned())
        };
        // Which tests a program passes says something only where there are several.
        let share = f64::from(passed) / f64::from(total.max(1));
        verdict.partial(if total > 1 { share.min(0.99) } else { 0.0 }, detail)
    }
}

fn script(text: &str, job: &impl Serialize, cpu_seconds: u32) -> Script {
    // Plain data: writing it cannot fail. A JSON string of JSON is a Python string as well.
    let job = serde_json::to_string(job).unwrap_or_default();
    let literal = serde_json::to_string(&job).unwrap_or_default();
    Script {
        text: text.to_owned(),
        call: format!("main({literal})"),
        cpu_seconds,
    }
}
