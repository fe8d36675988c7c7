//! Executions that tell whether a line of a program runs.

/// The result of an execution that reaches the line.
pub(crate) const REACHED: &str = "True";

/// A function that calls another one and says whether a line of this text ran meanwhile. Where it stands in the
/// text changes no line's number.
const WATCH: &str = r#"

def _tracestone_reaches(call, line):
    import sys

    own = _tracestone_reaches.__code__
    ran = False

    def follow(frame, event, argument):
        nonlocal ran
        code = frame.f_code
        if code.co_filename != own.co_filename or code.co_firstlineno >= own.co_firstlineno:
            return None
        ran = ran or event == "line" and frame.f_lineno == line
        return follow

    sys.settrace(follow)
    try:
        call()
    except Exception:
        pass
    finally:
        sys.settrace(None)
    return ran
"#;

/// The program with what [`expression`] needs.
pub(crate) fn watched(program: &str) -> String {
    [program, WATCH].concat()
}

/// An expression for the watched program, which is `True` if the call executes the line.
pub(crate) fn expression(call: &str, line: u64) -> String {
    format!("_tracestone_reaches(lambda: {call}, {line})")
}
