//! Ways through a run: where commands lead, and which ones a session gives.

use tracestone_record::{EventType, Line};

use super::Command;
use crate::Moment;

/// States in a session that leads to the end of its run.
const MOST: usize = 60;
/// Moments at the beginning and the end of a run that are stepped through one by one.
const NEAR: usize = 16;
/// Commands of a session before it may run to its end.
const FEW: usize = 3;

/// A command and where it leads.
pub(crate) type Move = (Command, usize);

/// Moves as a session tells them.
pub(crate) fn along(route: &[Move]) -> impl Iterator<Item = (Option<Command>, usize)> + '_ {
    route.iter().map(|(command, at)| (Some(*command), *at))
}

fn ends_frame(moment: &Moment) -> bool {
    matches!(
        moment.word,
        EventType::Return | EventType::Yield | EventType::Raise
    )
}

fn runs(moment: &Moment, line: Line) -> bool {
    moment.word == EventType::Line && moment.line == line
}

/// The moment that a command leads to.
pub(super) fn target(moments: &[Moment], at: usize, command: Command) -> Option<usize> {
    let own = &moments[at];
    let last = moments.len() - 1;
    let mut later = at + 1..moments.len();
    let mut earlier = (0..at).rev();
    let in_frame = |other: &usize| moments[*other].frame == own.frame;
    match command {
        Command::StepInto => later.next(),
        Command::StepOver if ends_frame(own) => later.next(),
        Command::StepOver => later.clone().find(in_frame).or_else(|| later.next()),
        Command::StepReturn if ends_frame(own) => None,
        Command::StepReturn => later.find(|other| in_frame(other) && ends_frame(&moments[*other])),
        Command::Breakpoint(line) => later.find(|other| runs(&moments[*other], line)),
        Command::Continue => (at < last).then_some(last),
        Command::InvStepInto => earlier.next(),
        Command::InvStepOver => earlier.clone().find(in_frame).or_else(|| earlier.next()),
        Command::InvStepCall => (0..at).find(in_frame),
        Command::InvBreakpoint(line) => earlier.find(|other| runs(&moments[*other], line)),
        Command::InvContinue => (at > 0).then_some(0),
    }
}

/// Steps that lead through the whole run: one by one where it is short, and with a leap over the middle else.
pub(super) fn route(moments: &[Moment], backward: bool) -> Option<Vec<Move>> {
    let last = moments.len().checked_sub(1)?;
    let (mut at, end) = if backward { (last, 0) } else { (0, last) };
    let step = if backward {
        Command::InvStepInto
    } else {
        Command::StepInto
    };
    let mut route: Vec<Move> = Vec::new();
    while at != end {
        let leaps = at.abs_diff(end) > NEAR && route.len() >= NEAR;
        let leap = if leaps { leap(moments, at, end) } else { None };
        let (command, next) = match leap {
            Some(leap) => leap,
            None => (step, target(moments, at, step)?),
        };
        route.push((command, next));
        at = next;
        if route.len() > MOST {
            return None;
        }
    }
    Some(route)
}

/// The breakpoint that leads furthest, but not into the last moments.
fn leap(moments: &[Moment], at: usize, end: usize) -> Option<Move> {
    let backward = end < at;
    let limit = if backward { end + NEAR } else { end - NEAR };
    let between: Vec<usize> = match backward {
        true => (limit..at).collect(),
        false => (at + 1..=limit).collect(),
    };
    let lines = between
        .into_iter()
        .filter(|place| moments[*place].word == EventType::Line);
    let mut best: Option<Move> = None;
    for place in lines {
        let line = moments[place].line;
        let command = match backward {
            true => Command::InvBreakpoint(line),
            false => Command::Breakpoint(line),
        };
        let leads = target(moments, at, command)?;
        let further = best.is_none_or(|(_, known)| leads.abs_diff(at) > known.abs_diff(at));
        if leads == place && further {
            best = Some((command, leads));
        }
    }
    best
}

/// Numbers that are the same for the same seed.
pub(super) struct Choices(blake3::OutputReader);

impl Choices {
    pub(super) fn new(seed: &[u8]) -> Self {
        let mut hasher = blake3::Hasher::new();
        hasher.update(b"debugger");
        hasher.update(seed);
        Self(hasher.finalize_xof())
    }

    fn below(&mut self, count: usize) -> usize {
        let mut bytes = [0; 8];
        self.0.fill(&mut bytes);
        let number = u64::from_le_bytes(bytes) % count.max(1) as u64;
        usize::try_from(number).unwrap_or(0)
    }
}

/// A session of at most `most` commands, chosen by chance; the last one leads to the end of the run.
pub(super) fn wander(
    moments: &[Moment],
    backward: bool,
    most: usize,
    choices: &mut Choices,
) -> Vec<Move> {
    let last = moments.len().saturating_sub(1);
    let (mut at, end) = if backward { (last, 0) } else { (0, last) };
    let mut moves = Vec::new();
    while at != end {
        let is_last = moves.len() + 1 >= most;
        let command = match (is_last, backward) {
            (true, false) => Command::Continue,
            (true, true) => Command::InvContinue,
            (false, _) => choose(moments, at, backward, moves.len() >= FEW, choices),
        };
        let Some(next) = target(moments, at, command) else {
            continue;
        };
        moves.push((command, next));
        at = next;
    }
    moves
}

/// A command, which may lead nowhere.
fn choose(
    moments: &[Moment],
    at: usize,
    backward: bool,
    may_end: bool,
    choices: &mut Choices,
) -> Command {
    let line = |choices: &mut Choices| {
        let range = if backward {
            0..at
        } else {
            at + 1..moments.len()
        };
        let lines: Vec<Line> = moments[range]
            .iter()
            .filter(|moment| moment.word == EventType::Line)
            .map(|moment| moment.line)
            .collect();
        lines.get(choices.below(lines.len())).copied()
    };
    match (choices.below(12), backward) {
        (0..=3, false) => Command::StepInto,
        (4..=6, false) => Command::StepOver,
        (7, false) => Command::StepReturn,
        (8 | 9, false) if may_end => Command::Continue,
        (_, false) => line(choices).map_or(Command::StepInto, Command::Breakpoint),
        (0..=3, true) => Command::InvStepInto,
        (4..=6, true) => Command::InvStepOver,
        (7, true) => Command::InvStepCall,
        (8 | 9, true) if may_end => Command::InvContinue,
        (_, true) => line(choices).map_or(Command::InvStepInto, Command::InvBreakpoint),
    }
}
