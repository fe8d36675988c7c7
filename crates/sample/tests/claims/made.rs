//! Runs that are made to be hard to put into words.

use super::*;

/// `x` is a number for long, then an object: what was last shown of it no longer holds.
pub(super) fn value_that_stops_being_a_literal() -> Recorded {
    let text =
        "def f(n):\n    for i in range(n):\n        x = i if i < 6 else object()\n    return 0\n";
    let mut trace = String::from("0:1 call f  | n = 9\n0:2 line\n0:3 line  | i = 0\n");
    for i in 0..9 {
        let x = if i < 6 {
            i.to_string()
        } else {
            "<object>".to_owned()
        };
        // The description does not change from object to object.
        let change = if i <= 6 {
            format!("  | x = {x}")
        } else {
            String::new()
        };
        trace.push_str(&format!("0:2 line{change}\n"));
        if i < 8 {
            trace.push_str(&format!("0:3 line  | i = {}\n", i + 1));
        }
    }
    trace.push_str("0:4 line\n0:4 return 0\n=> 0\n");
    read(text, "f(9)", &trace)
}

/// `x` is set and deleted in every iteration.
pub(super) fn deleted_in_a_loop() -> Recorded {
    let text = "def f(n):\n    for i in range(n):\n        x = i\n        del x\n    return 0\n";
    let mut trace = String::from("0:1 call f  | n = 9\n0:2 line\n");
    for i in 0..9 {
        trace.push_str(&format!(
            "0:3 line  | i = {i}\n0:4 line  | x = {i}\n0:2 line  | del x\n"
        ));
    }
    trace.push_str("0:5 line\n0:5 return 0\n=> 0\n");
    read(text, "f(9)", &trace)
}

/// Every iteration calls a function, so that nothing folds and the middle is left out.
pub(super) fn calls_in_a_loop() -> Recorded {
    let text = "def g(i):\n    return i\n\ndef f(n):\n    t = 0\n    for i in range(n):\n        t += g(i)\n    return t\n";
    let mut trace = String::from("0:4 call f  | n = 40\n0:5 line\n0:6 line  | t = 0\n");
    let mut total = 0;
    for i in 0..40 {
        let frame = i + 1;
        trace.push_str(&format!("0:7 line  | i = {i}\n{frame}:1 call g  | i = {i}\n{frame}:2 line\n{frame}:2 return {i}\n"));
        total += i;
        let change = if i == 0 {
            String::new()
        } else {
            format!("  | t = {total}")
        };
        trace.push_str(&format!("0:6 line{change}\n"));
    }
    trace.push_str(&format!("0:8 line\n0:8 return {total}\n=> {total}\n"));
    read(text, "f(40)", &trace)
}

/// A value too long for prose.
pub(super) fn long_strings_in_a_loop() -> Recorded {
    let text = "def f(n):\n    s = 'x' * n\n    return len(s)\n";
    let s = "x".repeat(300);
    let trace =
        format!("0:1 call f  | n = 300\n0:2 line\n0:3 line  | s = '{s}'\n0:3 return 300\n=> 300\n");
    read(text, "f(300)", &trace)
}

/// The effect of a folded line is seen only after the folding ends with another frame's event.
pub(super) fn late_in_another_frame() -> Recorded {
    let text = "def g():\n    return 1\n\ndef f(n):\n    i = 0\n    while i < n:\n        i += 1 if i < 8 else g()\n    return i\n";
    let mut trace = String::from("0:4 call f  | n = 20\n0:5 line\n0:6 line  | i = 0\n");
    for i in 1..=20 {
        trace.push_str("0:7 line\n");
        if i > 8 {
            trace.push_str(&format!(
                "{0}:1 call g\n{0}:2 line\n{0}:2 return 1\n",
                i - 8
            ));
        }
        trace.push_str(&format!("0:6 line  | i = {i}\n"));
    }
    trace.push_str("0:8 line\n0:8 return 20\n=> 20\n");
    read(text, "f(20)", &trace)
}

/// A generator that set-up statements have started goes on.
pub(super) fn started_before() -> Recorded {
    let text = "def count_up(n):\n    i = 0\n    while i < n:\n        yield i\n        i += 1\n";
    let trace =
        "0:4 resume  | i = 0; n = 3\n0:5 line\n0:3 line  | i = 1\n0:4 line\n0:4 yield 1\n=> 1\n";
    let mut recorded = read(text, "next(g)", trace);
    recorded.call.setup = "g = count_up(3)\nnext(g)\n".to_owned();
    recorded.call.arguments = None;
    recorded
}

/// Branches of all kinds; in the `try`, nothing proves why the condition was left.
pub(super) fn decisions() -> Recorded {
    let text = "def f(items, low):\n    for item in items:  # each\n        if item.size(low) > low and low != \"a: b\":\n            low = item\n        elif low:\n            continue\n        else:\n            low = 9\n    try:\n        if int(low):\n            return 1\n    except ValueError:\n        pass\n    while low:\n        low -= 1\n";
    let trace = "0:1 call f  | items = [5]; low = 0\n0:2 line\n0:3 line  | item = 5\n0:5 line\n0:8 line\n0:2 line  | low = 9\n0:10 line\n0:12 line\n0:13 line\n0:14 line\n0:15 line\n0:14 line  | low = 0\n0:14 return None\n=> None\n";
    read(text, "f([5], 0)", trace)
}
