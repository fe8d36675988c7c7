//! Words by which a response takes back what it said before them.

use std::sync::LazyLock;

use regex::Regex;

use super::quoted::Quoted;
use super::thought::pattern;
use super::{Form, blame, corrected, disowned, doubt};

/// The beginning of a sentence, and sounds that say nothing.
const BEGINS: &str = r"(?:\A[\s,;:()\[`_~-]*|[.!?\n>*\x{2014}\x{2026}\x{3002}\x{ff01}\x{ff1f}])\s*\(?(?:(?:hmm*|oh|ah|uh|um|ok(?:ay)?|but|and|so|or)\b[,.!\s\x{2026}]*)*";

/// Words that take back for certain, since they say that something was wrong.
static FIRM: LazyLock<Regex> = LazyLock::new(|| {
    let opens = r"wait|no[,.!:\s]|actually|oops|sorry|hold on|on (?:second thought|reflection|closer (?:look|inspection))|apologies|edit\b|update\b|correction|let me (?:re-?check|correct|redo)";
    let faults = r"wrong|incorrect|mistake[ns]?|miscounted|miscalculated|misread|missed|forgot|overlooked|(?:not|isn't|wasn't|can't be|cannot be|does(?:n't| not) (?:look|seem|sound)) (?:right|correct)|that was (?:the (?:\w+ )?(?:value|result|answer|output) )?(?:for|of|with)|should (?:be|have been)|gives the wrong|(?:my|an|the|in) error|correction";
    let mild = r"never ?mind\b|(?:please )?(?:ignore|disregard|discard|strike|scrap|retract|withdraw|drop|delete|cancel) (?:that|this|it|my|the (?:above|answer|previous|last))\b|that was an? (?:mistake|error|wrong)\b|forget (?:that|this|it|what i (?:said|wrote)|my (?:last |previous )?answer)\b|do(?:n['\x{2019}]t| not) trust (?:that|this|my|the above)\b";
    let alone = r"scratch that|my (?:previous|above|last|earlier|prior) (?:answer|result|guess|response|reply) (?:is|was) (?:wrong|incorrect|mistaken|not (?:right|correct))\b|strike that|i take (?:that|it|this) back|i (?:hereby )?(?:retract|withdraw)\b|i no longer (?:believe|trust|stand by) (?:this|that|it|my|the)\b|i(?: have|'ve|\x{2019}ve)? (?:messed|screwed|mixed) (?:this |that |it )?up\b|my (?:mistake|bad)\b|(?:i (?:now |just )?(?:reali[sz]ed?|see|notice|noticed|found|think|believe)(?: now)?(?: that)? )?i(?: have|'ve|\x{2019}ve)? made an? (?:\w+ )?(?:mistake|error)|i(?: am|'m|\x{2019}m| was) (?:wrong|mistaken)\b|i (?:think i )?(?:got|had|did) (?:this|that|it) wrong\b|let me correct (?:that|myself|it|my)|correction\s*[:\x{ff1a}]|(?:so |therefore |thus |but |and )?(?:the|my) (?:(?:previous|above|last|earlier|prior|given|first|final) )?(?:answer|result|guess|response|reply)(?: (?:above|i (?:gave|wrote|stated)))? (?:(?:contain(?:s|ed)|has|had|includes) an? (?:\w+ )?(?:error|mistake|typo|slip)|(?:is|was) off(?: by \w+)?|(?:does not|doesn['\x{2019}]t|did not|didn['\x{2019}]t) (?:hold|work|add up))\b|(?:[^.!?\n]{1,80}\b(?:so|and|but),? )?(?:this|that|it|(?:the|this|that|my) (?:answer|value|result)(?: above)?|the above) (?:is|was) (?:only |just |merely )?(?:an? )?(?:placeholder|dummy(?: value)?|stand-in|(?:random|wild) (?:guess|value|number))\b";
    let judged = r"(?:(?:hmm*|oh|ah|no|so|but|and|which|well)\b[,.!\s\x{2026}]*)*(?:i (?:now |can )?(?:see|reali[sz]e|notice|think|believe)(?: now)?(?: that)? )?(?:that|this|(?:my|this|that|the)(?: above| previous| prior| last| earlier)? (?:answer|result|guess|response|reply)(?: above| i gave)?|the above)(?:(?:'s|\x{2019}s| is| was)(?: \w+)? (?:wrong|incorrect|invalid|impossible|not right|not correct|not it|mistaken|a mistake|a typo)| isn['\x{2019}]t (?:right|correct)| wasn['\x{2019}]t (?:right|correct)| (?:can['\x{2019}]t|cannot|can not|couldn['\x{2019}]t) be (?:right|correct|true)| (?:does not|doesn['\x{2019}]t|did not|didn['\x{2019}]t) (?:look|seem|sound|feel) (?:right|correct)| (?:looks|seems|sounds) (?:wrong|incorrect|off))\b";
    let others = r"(?:moment|warte|halt|nein|entschuldigung|ups)\b[^\n]*?\b(?:falsch|fehler|richtig ist|stimmt nicht)\b|das (?:ist|war) (?:leider )?(?:falsch|ein fehler)\b|das stimmt (?:so )?nicht\b|(?:c['\x{2019}](?:est|\x{e9}tait) (?:faux|incorrect|une erreur)|ce n['\x{2019}](?:est|\x{e9}tait) pas (?:correct|juste)|je me suis tromp\x{e9}e?|(?:eso |esto )?(?:est\x{e1}|estaba) mal|(?:eso |esto )?es incorrecto|me (?:equivoqu\x{e9}|he equivocado)|(?:isso |isto )?(?:est\x{e1}|estava) errado|errei|me enganei|\x{e8} sbagliato|era sbagliato|ho sbagliato|mi sono sbagliat[oa]|(?:\x{44d}\x{442}\x{43e} )?\x{43d}\x{435}(?:\x{432}\x{435}\x{440}\x{43d}\x{43e}|\x{43f}\x{440}\x{430}\x{432}\x{438}\x{43b}\x{44c}\x{43d}\x{43e})|\x{44f} \x{43e}\x{448}\x{438}\x{431}(?:\x{441}\x{44f}|\x{43b}\x{430}\x{441}\x{44c})|\x{43e}\x{448}\x{438}\x{431}\x{43a}\x{430})\s*(?:[.!,;\n]|\z)|(?:espera|espere|perd\x{f3}n|perdona|lo siento|no,|attends|attendez|pardon|d\x{e9}sol\x{e9}e?|oups|non,|desculpe?|n\x{e3}o,|aspetta|scusa(?:te)?|ops)\s*[^\n]*?\b(?:incorrect[oae]|est\x{e1} mal|estaba mal|me equivoqu\x{e9}|un error|une erreur|tromp\x{e9}e?|faux|errad[oa]|um erro|errei|me enganei|sbagliat[oa]|un errore)(?:\b|\z)|(?:\x{7b49}\x{7b49}|\x{7b49}\x{4e00}\x{4e0b}|\x{62b1}\x{6b49})?[,\x{ff0c}]?(?:\x{4e0d}\x{5bf9}|\x{66f4}\x{6b63}|(?:\x{6211}|(?:\x{4e0a}\x{9762}|\x{4ee5}\x{4e0a}|\x{524d}\x{9762}|\x{521a}\x{624d}|\x{521a}\x{521a})\x{7684}?(?:\x{7b54}\x{6848}|\x{7ed3}\x{679c}|\x{56de}\x{7b54})?)(?:\x{641e}|\x{7b97}|\x{770b}|\x{8bfb}|\x{5199})?\x{9519}\x{4e86})[,\x{ff0c}:\x{ff1a}]?|(?:\x{8fd9}|\x{90a3}|\x{7b54}\x{6848}|\x{4e0a}\x{9762}(?:\x{7684}\x{7b54}\x{6848})?)?(?:\x{662f})?(?:\x{9519}\x{4e86}|\x{9519}\x{7684}|\x{9519}\x{8bef}\x{7684}?|\x{6709}\x{8bef}|\x{4e0d}\x{6b63}\x{786e})[\x{3002}\x{ff01}.!\s]*(?:\z|\n)|(?:\x{43f}\x{43e}\x{434}\x{43e}\x{436}\x{434}\x{438}(?:\x{442}\x{435})?|\x{43f}\x{43e}\x{433}\x{43e}\x{434}\x{438}(?:\x{442}\x{435})?|\x{441}\x{442}\x{43e}\x{43f}|\x{43d}\x{435}\x{442},|\x{43e}\x{439}|\x{438}\x{437}\x{432}\x{438}\x{43d}\x{438}\x{442}\x{435}|\x{43f}\x{440}\x{43e}\x{441}\x{442}\x{438}\x{442}\x{435})[^\n]*?(?:\x{43d}\x{435}\x{432}\x{435}\x{440}\x{43d}|\x{43d}\x{435}\x{43f}\x{440}\x{430}\x{432}\x{438}\x{43b}\x{44c}\x{43d}|\x{43e}\x{448}\x{438}\x{431})\w*|(?:(?:\x{5f85}\x{3063}\x{3066}|\x{3044}\x{3084}|\x{3059}\x{307f}\x{307e}\x{305b}\x{3093}|\x{5931}\x{793c})[\x{3001}\x{3002},.\s]*)?(?:(?:\x{3053}\x{308c}|\x{305d}\x{308c}|\x{7b54}\x{3048})\x{306f})?(?:\x{9055}\x{3044}\x{307e}(?:\x{3059}|\x{3057}\x{305f})|\x{9593}\x{9055}\x{3044}(?:\x{3067}\x{3059}|\x{3067}\x{3057}\x{305f})|\x{9593}\x{9055}\x{3048}\x{307e}\x{3057}\x{305f}|\x{8aa4}\x{308a}\x{3067}(?:\x{3059}|\x{3057}\x{305f}))|(?:(?:\x{c7a0}\x{ae50}(?:\x{b9cc}\x{c694})?|\x{c544}\x{b2c8}\x{c694}?|\x{c8c4}\x{c1a1}\x{d569}\x{b2c8}\x{b2e4})[,.!\s]*)?(?:(?:\x{c774}\x{ac74}|\x{adf8}\x{ac74}|\x{b2f5}\x{c774})\s*)?(?:\x{d2c0}\x{b838}|\x{c798}\x{babb}\x{b418}\x{c5c8}|\x{c798}\x{babb}\x{d588})\w*";
    pattern(&format!(
        r"(?i){BEGINS}(?:(?P<opens>{opens})[^\n]*?\b(?:{faults})\b|(?P<mild>{mild})|(?:{alone}|{others}))|(?:\A[^\w\n]*|\n)[\s*>(]*(?P<judged>{judged})"
    ))
});

/// Words that may take back: what comes behind them decides.
static LOOSE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(&format!(
        r"(?i){BEGINS}(?:(?:wait|no|actually|sorry|oops|hold on|rather|edit|update|(?:my )?apologies|on (?:second thought|reflection)|\x{{7b49}}\x{{7b49}})(?:(?:[,.!:\x{{ff0c}}\x{{2014}}\x{{2026}}]|-+\s)+\s*|\s+(?:no|wait|actually)\b[,.]?\s*))+"
    ))
});

/// Words that take back where another answer follows them at once.
static LAX: LazyLock<Regex> = LazyLock::new(|| {
    let sounds = r"wait|no wait|instead|thinking (?:about (?:it|this) |it through )?again|looking (?:at (?:it|this) )?again|tracing (?:it )?again|after (?:re-?\w+|double-?checking|another look|a second look)(?: (?:it|this|that))?|(?:(?:it|that|this|the answer|the result) )?should (?:be|have been)|i should have (?:said|written|answered|put)|(?:it|that)(?:'s|\x{2019}s| is) actually|i now get|nope|nah|err?|ugh|argh|i apologi[sz]e(?: for (?:that|this|the (?:error|mistake|confusion)))?|i mean(?:t)?(?: to (?:write|say|put|type|give|answer|enter))?|make (?:that|it)|actually|sorry|oops|whoops|hold on|hang on|rather|(?:my |with )?apologies|on (?:second thoughts?|reflection|closer (?:look|inspection))";
    let check = r"let me (?:re-?\w+|double-?check|correct|fix|revise)(?: (?:that|this|it|myself|my answer))?|i (?:have |'ve |just )?(?:changed|change) my mind|i (?:need|have|want|must|should)(?: to)? correct (?:myself|that|this|it|my answer)|(?:please )?(?:disregard|ignore|forget)(?: (?:that|this|it|(?:the|my) (?:above|(?:previous |last )?answer)))?";
    let faults = r"not quite|not exactly|that(?:'s|\x{2019}s| is| was) off(?: by \w+)?|i(?: have| just)? (?:misread|miscounted|miscalculated|miscomputed|misunderstood|misjudged|mistyped|mistook|overlooked|forgot|missed)\b[^.:;,\n]{0,60}";
    let others = r"\x{9055}\x{3046}|\x{7b49}\x{7b49}|\x{7b49}\x{4e00}\x{4e0b}|\x{4e0d}\x{5bf9}|\x{62b1}\x{6b49}|\x{5bf9}\x{4e0d}\x{8d77}|\x{4e0d}\x{597d}\x{610f}\x{601d}|\x{66f4}\x{6b63}|\x{4fee}\x{6b63}|\x{8a02}\x{6b63}|korrektur|correcci\x{f3}n|corre\x{e7}\x{e3}o|correzione|rectificaci\x{f3}n|\x{43e}\x{448}\x{438}\x{431}\x{43a}\x{430}|\x{438}\x{441}\x{43f}\x{440}\x{430}\x{432}\x{43b}\x{435}\x{43d}\x{438}\x{435}|\x{43f}\x{43e}\x{43f}\x{440}\x{430}\x{432}\x{43a}\x{430}|\x{438}\x{437}\x{432}\x{438}\x{43d}\x{438}\x{442}\x{435}|\x{43d}\x{435}\x{442}";
    let words = r"no|edit|update|hmm+|ah|oh|erratum|amendment|better|correction|typo|revised|revision|corrected|fixed|fix|amended|(?:einen )?moment|warte|halt|nein|entschuldigung|espera|perd\x{f3}n|perdona|lo siento|attends|attendez|pardon|d\x{e9}sol\x{e9}e?|non";
    let signs = r"[,.!:;\x{ff0c}\x{3001}\x{3002}\x{ff1a}\x{ff01}\x{2014}\x{2013}\x{2026}]";
    pattern(&format!(
        r"(?i){BEGINS}(?:(?:{words}|{sounds}|{check}|{faults}|{others})(?:\s*{signs}+\s*|\s+-+\s+|\*+\s*)|(?:{sounds}|{check}|{others})\s+)+"
    ))
});

/// The last of such words, which are not many.
const MOST_WORDS: usize = 16;

/// A sentence behind an answer that gives the right one, or a box with it.
static CORRECTS: LazyLock<Regex> = LazyLock::new(|| {
    let named = r"(?:(?:correct|right|actual|real|true)(?: final)? (?:answer|result|output|value)|(?:corrected|revised|updated|amended|new)(?: final)? answer|(?P<plain>(?:(?:final|overall) )?answer|(?:final|overall) (?:result|output|value)))";
    pattern(&format!(
        r"(?i){BEGINS}(?:(?:so|thus|therefore|hence|then|instead)\b[,:]?\s*)*(?:the |my )?{named}[*_`]*\s*(?:(?:is|was|should be|would be|must be)\b|:)|[\s$.:(]\\boxed\s*\{{|\A\\boxed\s*\{{"
    ))
});

/// Words with which a sentence gives another answer.
static GIVES: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)\A(?:it(?:'s|\x{2019}s| is| should be| must be| returns)|(?:the )?(?:correct |right |actual |final |real )?(?:answer|result|output|value) (?:is|should be)|i meant?)\b",
    )
});

/// Words that stand by it after all.
static STANDS_BY: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)\b(?:is|was|seems|looks) (?:indeed )?(?:right|correct)\b|\bstands\b|\bconfirm|\bno (?:mistake|error)|not (?:wrong|incorrect)|\bshould be (?:noted|mentioned|clear)\b",
    )
});

/// Bytes at the end of a text that are looked at, so that long ones take no time.
const MOST: usize = 1 << 16;

/// The part of a text behind the words that take back what is before them.
pub(super) struct Retraction<'s> {
    /// The text that follows them.
    pub(super) tail: &'s str,
    /// True if what was said before is no answer, whatever comes behind.
    pub(super) firm: bool,
}

/// True if firm words at a place of a text are about the answer before them, and not about the program.
fn is_about_answer(said: &str, found: std::ops::Range<usize>) -> bool {
    let parts = FIRM.captures_at(said, found.start);
    let part = |name| parts.as_ref().and_then(|parts| parts.name(name));
    let (words, rest) = (&said[found.clone()], &said[found.end..]);
    if blame::is_past_or_possible(words, rest) || blame::is_quotation(said, found.start) {
        return false;
    }
    let blames = part("opens").is_some() || part("judged").is_some();
    if blames && blame::is_of_program(words, rest) {
        return false;
    }
    let judged = part("judged").map(|judged| judged.as_str().to_lowercase());
    let named = |words: &str| {
        ["answer", "guess", "my ", "above"]
            .iter()
            .any(|n| words.contains(n))
    };
    match judged {
        Some(words) => doubt::judges(rest, named(&words)),
        None => part("mild").is_none() || doubt::settles(rest),
    }
}

/// The last words with another answer behind them at once.
fn corrected_behind(said: &str, quoted: &Quoted, form: &dyn Form) -> Option<(usize, usize)> {
    let all: Vec<_> = LAX.find_iter(said).collect();
    let last = all.iter().rev().take(MOST_WORDS);
    let found = last.map(|found| (found.start(), found.end()));
    found
        .filter(|(start, _)| !quoted.holds(*start) && !STANDS_BY.is_match(&said[*start..]))
        .find(|(_, end)| corrected::value(&said[*end..], form).is_some())
}

/// The last words of a text that take back what was said before them; `answer` is that between marks, if there are
/// any, which loose words alone do not touch.
pub(super) fn last<'s>(
    said: &'s str,
    answer: Option<&str>,
    form: &dyn Form,
) -> Option<Retraction<'s>> {
    let marked = answer.is_some();
    let said = &said[said.floor_char_boundary(said.len().saturating_sub(MOST))..];
    let quoted = Quoted::of(said);
    let firm = FIRM
        .find_iter(said)
        .filter(|found| !quoted.holds(found.start()))
        // `Is that wrong?` takes nothing back.
        .filter(|found| !said[found.end()..].trim_start().starts_with('?'))
        // `Never mind the warning.` takes nothing back, either.
        .filter(|found| is_about_answer(said, found.range()))
        .last()
        .and_then(|found| {
            let opens = FIRM.captures_at(said, found.start())?.name("opens");
            Some((
                found.start(),
                opens.map_or(found.end(), |opens| opens.end()),
            ))
        })
        .filter(|(at, _)| !STANDS_BY.is_match(&said[*at..]));
    let firm = firm.max(answer.and_then(|answer| disowned::last(said, answer)));
    let loose = LOOSE
        .find_iter(said)
        .filter(|found| !quoted.holds(found.start()))
        .map(|found| (found.start(), found.end()))
        .filter(|(_, end)| !marked || GIVES.is_match(&said[*end..]))
        .last();
    let corrects = || {
        let found = CORRECTS.find_iter(said).filter(|_| marked).last()?;
        // `The right answer is given above.`
        let other = corrected::found(&said[found.start()..], form)?;
        // `The answer is rounded to 2 places.`
        let parts = CORRECTS.captures_at(said, found.start())?;
        let sure = parts.name("plain").is_none() || !form.is_any() && form.is_alone(&other.text);
        sure.then_some(())?;
        Some((found.start(), found.start()))
    };
    let loose = loose.or_else(corrects);
    let loose = loose.max(corrected_behind(said, &quoted, form));
    let (start, firm) = match (firm, loose) {
        // `[ANSWER]4[/ANSWER] is wrong.`
        (None, None) if marked && doubt::rejected(said) => (0, true),
        // `Wait, that is wrong. No, it is 7.`
        (Some((at, _)), Some((other, end))) if other > at => (end, true),
        (Some((_, start)), _) => (start, true),
        (None, Some((_, end))) => (end, false),
        (None, None) => return None,
    };
    let signs =
        |c: char| c.is_whitespace() || ",.:;!*>\u{ff0c}\u{ff1a}\u{2014}\u{2026}".contains(c);
    let tail = said[start..].trim_start_matches(signs);
    let tail = LOOSE
        .find(tail)
        .filter(|found| found.start() == 0)
        .map_or(tail, |found| &tail[found.end()..]);
    Some(Retraction { tail, firm })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answer::AnyText;

    #[test]
    fn what_is_said_last_is_told_from_what_was_taken_back() {
        for (said, marked, is) in [
            (
                "6.\n\nWait, that's not right. It's 7.",
                false,
                Some(("that's not right. It's 7.", true)),
            ),
            ("6\nCorrection: 7", false, Some(("7", true))),
            ("Line 8. Wait, no, line 7.", false, Some(("line 7.", false))),
            (
                "A\n\nWait, actually, it's B.",
                true,
                Some(("it's B.", false)),
            ),
            (
                "\nHmm, wait. I was wrong; it should be 7.",
                true,
                Some(("I was wrong; it should be 7.", true)),
            ),
            ("Actually, Python rounds half to even.", true, None),
            ("\nWait, is that wrong? No.", true, None),
            ("\nWait, is it an error? No, 6 is correct.", true, None),
            ("\nNever mind the warning.", true, None),
            ("\nNever mind that.", true, Some(("that.", true))),
            ("The answer is 5.", false, None),
        ] {
            let found =
                last(said, marked.then_some("6"), &AnyText).map(|found| (found.tail, found.firm));
            assert_eq!(found, is, "{said}");
        }
    }
}
