//! Properties of everything that the generator can produce.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use proptest::prelude::*;
use tracestone_karel::text::{Mode, Output, vocabulary, write};
use tracestone_karel::{Action, Semantics, Settings, Trace, World, ask, draw, parse, parse_body};

fn settings() -> impl Strategy<Value = Settings> {
    (
        any::<u64>(),
        (1_u8..7, 1_u8..7),
        (0.0..0.5, 0.0..0.5),
        1_u32..12,
        [1_u32..5, 1_u32..5, 1_u32..5, 0_u32..5, 0_u32..5],
        prop_oneof![Just(0.0), 0.0..0.9],
        1_u32..3,
    )
        .prop_map(
            |(seed, grid, shares, length, weights, control, worlds)| Settings {
                seed,
                rows: grid.0,
                columns: grid.1,
                walls: shares.0,
                markers: shares.1,
                length_min: 1,
                length_max: length,
                weights,
                control,
                nesting: 3,
                worlds,
            },
        )
}

fn meaning() -> impl Strategy<Value = Semantics> {
    prop_oneof![
        Just(Semantics::original()),
        (0..12).prop_map(|number| Semantics::from_name(&format!("paper-{number}")).unwrap()),
    ]
}

proptest! {
    #[test]
    fn what_is_printed_is_read_back(settings in settings(), number in 0_u64..1_000) {
        let drawn = draw(&settings, number);
        let text = drawn.program.to_string();
        prop_assert_eq!(&parse(&text).unwrap(), &drawn.program);
        let words = drawn.program.words().join(" ");
        let again = parse_body(&words).unwrap();
        prop_assert_eq!(again.to_string(), text);
        for world in &drawn.worlds {
            prop_assert_eq!(&World::parse(&world.lines()).unwrap(), world);
        }
    }

    #[test]
    fn nonsense_is_refused_without_a_panic(text in "[a-z_(){} \n0-9é]{0,60}") {
        drop(parse(&text));
        drop(World::parse(&text.lines().collect::<Vec<_>>()));
        drop(ask::execute(&text, &text, &text, 100));
    }

    #[test]
    fn the_hero_stays_on_free_cells_and_walls_stay(
        settings in settings(), number in 0_u64..1_000, meaning in meaning()
    ) {
        let drawn = draw(&settings, number);
        let start = &drawn.worlds[0];
        let Ok(trace) = Trace::of(&drawn.program, start, &meaning, 300) else {
            return Ok(());
        };
        let walls = |world: &World| {
            world.words().map(|word| word == "#").collect::<Vec<_>>()
        };
        for told in &trace.steps {
            prop_assert_eq!(walls(&told.world), walls(start));
            prop_assert_eq!(&World::parse(&told.world.lines()).unwrap(), &told.world);
        }
    }

    #[test]
    fn renaming_the_actions_is_the_same_as_changing_their_meaning(
        settings in settings(), number in 0_u64..1_000, meaning in meaning()
    ) {
        let drawn = draw(&settings, number);
        // Placeholders first, so that nothing is renamed twice.
        let mut renamed = drawn.program.to_string();
        for action in Action::ALL {
            let place = format!("    @{}\n", action as usize);
            renamed = renamed.replace(&format!("    {}\n", action.name()), &place);
        }
        for action in Action::ALL {
            renamed = renamed.replace(&format!("@{}\n", action as usize), &format!("{}\n", meaning.of(action).name()));
        }
        let renamed = parse(&renamed).unwrap();
        for world in &drawn.worlds {
            let changed = Trace::of(&drawn.program, world, &meaning, 300);
            let plain = Trace::of(&renamed, world, &Semantics::original(), 300);
            prop_assert_eq!(changed.map(|t| t.end().clone()), plain.map(|t| t.end().clone()));
        }
    }

    #[test]
    fn texts_have_words_of_the_vocabulary_alone_and_hold_the_program(
        settings in settings(), number in 0_u64..1_000, meaning in meaning()
    ) {
        for mode in [Mode::Interp, Mode::Synthesis, Mode::Trace] {
            for output in [Output::World, Output::Hero] {
                let words = vocabulary(&settings, mode, output);
                let drawn = draw(&settings, number);
                let Ok(text) = write(&drawn, &meaning, &settings, mode, output, 300) else {
                    continue;
                };
                for word in text.words() {
                    prop_assert!(words.iter().any(|known| known == word), "{} in {:?}", word, mode);
                }
                let all = text.words().collect::<Vec<_>>().join(" ");
                prop_assert!(all.contains(&drawn.program.words().join(" ")));
                if let Some(actions) = drawn.program.straight_line() {
                    for mark in text.marks.iter().filter(|mark| mark.action.is_some()) {
                        let word = text.words().nth(mark.token as usize);
                        prop_assert_eq!(word, Some(actions[mark.step as usize - 1].name()));
                    }
                }
            }
        }
    }
}
