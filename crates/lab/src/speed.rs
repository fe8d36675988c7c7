//! Speed of Karel's generator and interpreter.

use std::time::Instant;

use rayon::prelude::*;
use serde::Serialize;
use tracestone_karel::{Semantics, Settings, draw, run};

use crate::Error;

/// Programs a second, as measured.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Speed {
    /// Number of programs that were drawn, once alone and once to be executed.
    pub programs: u64,
    /// Number of threads.
    pub threads: usize,
    /// Seconds that drawing took.
    #[serde(skip)]
    pub drawing: f64,
    /// Seconds that drawing and executing took.
    #[serde(skip)]
    pub both: f64,
    /// Programs drawn in a second.
    pub drawn_per_second: f64,
    /// Programs drawn and executed in a second.
    pub executed_per_second: f64,
    /// Number of runs: one for each world of a program.
    pub runs: u64,
    /// Number of runs that were over within the steps.
    pub runs_over: u64,
}

/// Draws programs, then draws and executes them.
///
/// # Errors
/// No threads can be started.
pub fn speed(
    programs: u64,
    settings: &Settings,
    steps: u32,
    threads: usize,
) -> Result<Speed, Error> {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()?;
    let original = Semantics::original();
    let timed = |work: &(dyn Fn(u64) -> u64 + Sync)| {
        let started = Instant::now();
        let sum: u64 = pool.install(|| (0..programs).into_par_iter().map(work).sum());
        (started.elapsed().as_secs_f64().max(1e-9), sum)
    };
    let (drawing, runs) = timed(&|number| draw(settings, number).worlds.len() as u64);
    let (both, runs_over) = timed(&|number| {
        let drawn = draw(settings, number);
        let ended = drawn
            .worlds
            .iter()
            .filter(|world| run(&drawn.program, world, &original, steps, |_, _| {}).is_ok());
        ended.count() as u64
    });
    let rate = |seconds: f64| programs as f64 / seconds;
    Ok(Speed {
        programs,
        threads,
        drawing,
        both,
        drawn_per_second: rate(drawing),
        executed_per_second: rate(both),
        runs,
        runs_over,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_counted_does_not_depend_on_threads() {
        let settings = Settings {
            seed: 1,
            rows: 3,
            columns: 3,
            walls: 0.1,
            markers: 0.0,
            length_min: 1,
            length_max: 4,
            weights: [1, 1, 1, 0, 0],
            control: 0.4,
            nesting: 2,
            worlds: 2,
        };
        let counts = |threads| {
            let speed = speed(200, &settings, 20, threads).unwrap();
            (speed.runs, speed.runs_over)
        };
        let (runs, over) = counts(1);
        assert_eq!(runs, 400);
        assert!(0 < over && over < runs, "{over}");
        assert_eq!(counts(3), (runs, over));
    }
}
