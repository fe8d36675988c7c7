//! The examples below each command's options. A test parses every one of them.

pub(crate) const BUILD: &str = "\
Examples:
  tracestone build                                 the starter corpus, to tracestone.db
  tracestone build mine.toml --store mine.db
  tracestone build mine.toml --limit 500 --jobs 4  a part of it, for a first look";

pub(crate) const CRAWL: &str = "\
Examples:
  tracestone crawl mine.toml --store mine.db
  tracestone crawl mine.toml --store mine.db --offline  from the cache alone";

pub(crate) const EXTRACT: &str = "\
Example:
  tracestone extract --store mine.db";

pub(crate) const TRACE: &str = "\
Examples:
  tracestone trace --store mine.db
  tracestone trace --store mine.db --inputs mined --python python3.12";

pub(crate) const SAMPLE: &str = "\
Examples:
  tracestone sample --store mine.db
  tracestone sample --store mine.db --seed 1  asks about other lines and variables";

pub(crate) const CURATE: &str = "\
Examples:
  tracestone curate --store mine.db
  tracestone curate --store mine.db --against HumanEval.jsonl cruxeval.jsonl --report hits.jsonl
  tracestone curate --store mine.db --max-per-program 20";

pub(crate) const EXPORT: &str = "\
Examples:
  tracestone export --store mine.db --out dataset
  tracestone export --store mine.db --format parquet --out dataset --license-policy any
  tracestone export --store mine.db --format chat --kind output,state --split train --out chat";

pub(crate) const VERIFY: &str = "\
Examples:
  tracestone verify dataset
  tracestone verify dataset/test.jsonl --limit 1000
  tracestone verify --store mine.db";

pub(crate) const FORGET: &str = "\
Examples:
  tracestone forget --store mine.db octocat/hello         a repository
  tracestone forget --store mine.db 'octocat/hello src/secret.py'
  tracestone forget --store mine.db --list opt-outs.txt  one entry a line";

pub(crate) const PRUNE: &str = "\
Examples:
  tracestone prune --store mine.db --dry-run  what would be removed
  tracestone prune --store mine.db";

pub(crate) const STATUS: &str = "\
Examples:
  tracestone status --store mine.db
  tracestone status --store mine.db --examples  with examples of what was left out
  tracestone status --store mine.db --coverage  how far functions and classes came
  tracestone status --store mine.db --why program_too_large
  tracestone status --store mine.db --json";

pub(crate) const SHOW: &str = "\
Examples:
  tracestone show 01e9f289 --store mine.db
  tracestone show 01e9f289 --store mine.db --json";

pub(crate) const BROWSE: &str = "\
Examples:
  tracestone browse --store mine.db                 on this machine, until Ctrl-C
  tracestone browse --store mine.db --port 8000
  tracestone browse --store mine.db --out pages     files to open, send or publish";

pub(crate) const STATS: &str = "\
Examples:
  tracestone stats --store mine.db
  tracestone stats --store mine.db --svg plots  drawings of the whole store
  tracestone stats --store mine.db --json";

pub(crate) const DOCTOR: &str = "\
Examples:
  tracestone doctor
  tracestone doctor --python python3.12 --store /data/mine.db";

pub(crate) const INIT: &str = "\
Examples:
  tracestone init                            corpus.toml for the Python files of this folder
  tracestone init mine.toml --git https://example.org/owner/repository
  tracestone init mine.toml --dir ../library";

pub(crate) const EVAL: &str = "\
Examples:
  tracestone eval output --store mine.db --model mock/oracle
  tracestone eval output --store mine.db --model openai/NAME --limit 500
  tracestone eval state --data dataset --model openai-api/local/NAME \\
      --model-base-url http://127.0.0.1:8000 -T style=steps
  tracestone eval cruxeval-output --data cruxeval.jsonl --model replay/responses.jsonl";

pub(crate) const RUNS: &str = "\
Examples:
  tracestone runs
  tracestone runs --task output --model gpt --json";

pub(crate) const SCORE: &str = "\
Examples:
  tracestone score logs/RUN
  tracestone score --task cruxeval-output --data cruxeval.jsonl \\
      --responses generations.json --compat leaderboard";

pub(crate) const SERVE: &str = "\
Examples:
  tracestone serve --data dataset
  tracestone serve --store mine.db --port 9000
  tracestone serve  requests carry their samples";

pub(crate) const COMPARE: &str = "\
Examples:
  tracestone compare logs/RUN-A logs/RUN-B
  tracestone compare logs/RUN-A logs/RUN-B --common  where a server failed in one of them
  tracestone compare logs/RUN-A logs/RUN-B --html side-by-side.html
  tracestone compare logs/RUN-A logs/RUN-B logs/RUN-C --json";

pub(crate) const REPORT: &str = "\
Examples:
  tracestone report logs/RUN                               a page: logs/RUN/report.html
  tracestone report logs/RUN --format inspect --out logs/inspect/";

pub(crate) const VALIDATE: &str = "\
Examples:
  tracestone validate                        lists the tasks
  tracestone validate output --store mine.db --limit 200
  tracestone validate mytask.toml --data items.jsonl";

pub(crate) const TASK_NEW: &str = "\
Examples:
  tracestone task new mytask                           a task with three example questions
  tracestone task new mytask --data questions.jsonl    a task for these rows
  tracestone validate mytask.toml
  tracestone eval mytask.toml --model openai/NAME";

pub(crate) const TASK_LIST: &str = "\
Example:
  tracestone task list";

pub(crate) const KAREL_GENERATE: &str = "\
Examples:
  tracestone karel generate --out data
  tracestone karel generate --out data --train 10000 --semantics original,paper-8 --store karel.db";

pub(crate) const KAREL_RUN: &str = "\
Example:
  tracestone karel run program.karel --world '> . #/. . .'";

pub(crate) const KAREL_SCM: &str = "\
Example:
  tracestone karel scm data";

pub(crate) const KAREL_SPEED: &str = "\
Example:
  tracestone karel speed --programs 100000";

pub(crate) const LEDGER: &str = "\
Example:
  tracestone ledger --store mine.db --out ledger.parquet
  tracestone ledger --store mine.db --model path/to/Qwen2.5-0.5B --out states";

pub(crate) const PLASTICITY_LANGUAGE: &str = "\
Example:
  tracestone plasticity language part-1.jsonl part-2.jsonl --probe held-out.jsonl --out curve";

pub(crate) const LM_TRAIN: &str = "\
Example:
  tracestone lm train data --out model";

pub(crate) const LM_GENERATE: &str = "\
Examples:
  tracestone lm generate models/mine --prompt 'def add(a, b):' --max-tokens 32
  tracestone lm generate models/mine --chat --prompt 'Who are you?' --temperature 0.7 --seed 1";

pub(crate) const LM_EVAL: &str = "\
Example:
  tracestone lm eval model data --split test";

pub(crate) const ACTS: &str = "\
Example:
  tracestone acts model data --out acts";

pub(crate) const PROBE: &str = "\
Example:
  tracestone probe acts --data data --untrained acts-untrained --out probes";

pub(crate) const CAUSAL: &str = "\
Example:
  tracestone causal model data --out patches";

pub(crate) const DEMO_KAREL: &str = "\
Examples:
  tracestone demo karel
  tracestone demo karel --out quick --train 20000 --steps 200  a look at it, in a minute or two";

pub(crate) const DEMO_FEATURES: &str = "\
Examples:
  tracestone demo features
  tracestone demo features --model karel-demo/model --data karel-demo/data";

pub(crate) const DEMO_PLASTICITY: &str = "\
Examples:
  tracestone demo plasticity
  tracestone demo plasticity --out quick --seeds 2  a look at it, in a minute";

pub(crate) const SAE_TRAIN: &str = "\
Examples:
  tracestone sae train acts --site blocks.1.hook_resid_post --width 1024 --l0 16 --out sae
  tracestone sae train acts --site blocks.1.hook_resid_post --kind jumprelu --out sae-jumprelu";

pub(crate) const SAE_EVAL: &str = "\
Examples:
  tracestone sae eval sae acts
  tracestone sae eval sae acts --data data --model model --beside frozen=sae-frozen";

pub(crate) const SAE_CONVERT: &str = "\
Examples:
  tracestone sae convert sae --to gemma-scope --out sae-npz
  tracestone sae convert params.npz --to saelens --out sae";

pub(crate) const PLASTICITY_RUN: &str = "\
Examples:
  tracestone plasticity run regression --learner sgd
  tracestone plasticity run regression --learner cbp:replacement=1e-3,outgoing=sum --seeds 30
  tracestone plasticity run digits --images train-images --labels train-labels \\
      --period 60000 --steps 1200000";

pub(crate) const PLASTICITY_COMPARE: &str = "\
Examples:
  tracestone plasticity compare regression
  tracestone plasticity compare digits --learner sgd:rate=0.01 --learner cbp:rate=0.01 --out digits";

pub(crate) const COMPLETIONS: &str = "\
Examples:
  tracestone completions bash > ~/.local/share/bash-completion/completions/tracestone
  tracestone completions zsh > ~/.zfunc/_tracestone
  tracestone completions fish > ~/.config/fish/completions/tracestone.fish";

pub(crate) const MAN: &str = "\
Examples:
  tracestone man | man -l -
  tracestone man --out ~/.local/share/man/man1";

#[cfg(test)]
mod tests {
    use clap::{CommandFactory as _, Parser as _};

    use crate::args::Args;

    /// All commands without subcommands, each with the words that call it.
    fn leaves(command: &clap::Command, words: &str, out: &mut Vec<(String, clap::Command)>) {
        let inner: Vec<_> = command
            .get_subcommands()
            .filter(|inner| inner.get_name() != "help")
            .collect();
        if inner.is_empty() {
            out.push((words.to_owned(), command.clone()));
        }
        for inner in inner {
            leaves(inner, &format!("{words} {}", inner.get_name()), out);
        }
    }

    /// Words of an example, without the comment after two spaces and without redirections.
    fn typed(line: &str) -> Vec<String> {
        let mut command = line.trim();
        for end in ["  ", " > ", " | "] {
            command = command.split(end).next().unwrap_or_default();
        }
        let mut words = vec![String::new()];
        let mut quoted = false;
        for c in command.chars() {
            match c {
                '\'' => quoted = !quoted,
                ' ' if !quoted => words.push(String::new()),
                _ => words.last_mut().unwrap().push(c),
            }
        }
        words.retain(|word| !word.is_empty());
        words
    }

    #[test]
    fn every_command_has_examples_that_can_be_typed() {
        let mut commands = Vec::new();
        leaves(&Args::command(), "tracestone", &mut commands);
        assert!(commands.len() > 25);
        for (words, command) in commands {
            let help = command.get_after_help().map(ToString::to_string);
            let help = help.unwrap_or_else(|| panic!("`{words}` has no example"));
            let joined = help.replace(" \\\n      ", " ");
            let lines: Vec<_> = joined.lines().skip(1).collect();
            assert!(!lines.is_empty(), "{words}");
            for (number, line) in lines.into_iter().enumerate() {
                // What comes after may be the next command of a session.
                let wanted = if number == 0 { &words } else { "tracestone " };
                assert!(line.trim().starts_with(wanted), "`{words}`: {line}");
                if let Err(error) = Args::try_parse_from(typed(line)) {
                    panic!("`{line}` is wrong: {error}");
                }
            }
            for line in help.lines() {
                assert!(line.chars().count() <= 100, "too wide: {line}");
            }
        }
    }
}
