/* What frames say: how they stop, and where. */

/* The line of an event of a frame; not above 0 for an instruction of no line. */
static int event_line(PyFrameObject *frame)
{
#if PY_VERSION_HEX < 0x030A0000
    /* The line of the last event; asking for it gives that of the instruction, unless `f_trace` is set. */
    return frame->f_lineno;
#else
    return PyFrame_GetLineNumber(frame);
#endif
}

/* The same as a number, or None. Where an `except*` ends that an exception leaves, the instruction has no line:
   there it is the last line that ran. */
static PyObject *line_of(PyFrameObject *frame, State *state)
{
    int line = event_line(frame);
    if (line > 0)
        state->line = line;
    if (state->line > 0)
        return PyLong_FromLong(state->line);
    Py_INCREF(Py_None);
    return Py_None;
}

static long instruction_of(PyFrameObject *frame)
{
#if PY_VERSION_HEX >= 0x030B0000
    return PyFrame_GetLasti(frame);
#else
    PyObject *value = PyObject_GetAttr((PyObject *)frame, name_f_lasti);
    long at = value == NULL ? -1 : PyLong_AsLong(value);
    Py_XDECREF(value);
    return at;
#endif
}

/* Whether a generator or coroutine, which is entered, has run before: set-up has started it. */
static int was_started(PyFrameObject *frame, const Code *code)
{
    PyObject *answer = PyObject_CallFunction(was_started_at, "Ol", code->opcodes, instruction_of(frame));
    int started = answer == NULL ? -1 : PyObject_IsTrue(answer);
    Py_XDECREF(answer);
    return started;
}

/* How a frame stops at an instruction: what the Python text's `leave` decides. */
static int end_kind(State *state, long at, PyObject *value)
{
    PyObject *pauses = PyObject_CallFunction(
        pauses_at, "OlOii", state->code->opcodes, at, value == NULL ? Py_None : value,
        state->code->suspendable, state->fresh_at == at);
    long kind = pauses == NULL ? -1 : PyLong_AsLong(pauses);
    Py_XDECREF(pauses);
    return (int)kind;
}

static unsigned char returns[256];

static int quick_end_kind(State *state, long at, PyObject *value)
{
    PyObject *opcodes = state->code->opcodes;
    unsigned char code = 0;
    if (at >= 0 && at < PyBytes_GET_SIZE(opcodes))
        code = (unsigned char)PyBytes_AS_STRING(opcodes)[at];
    if (returns[code])
        return EVENT_RETURN;
    return state->code->suspendable ? end_kind(state, at, value) : EVENT_RAISE;
}
