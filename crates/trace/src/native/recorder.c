/* Recording a call: its events. See `recorder.py`, whose functions these mirror. */

/* ---------------------------------------------------------------------------------------------
 * Ends that the call does not survive */

static void give_up(Recorder *self, PyObject *outcome)
{
    PyErr_Clear();
    if (outcome != NULL)
        PyObject_CallFunctionObjArgs(self->abort, outcome, NULL);
    _exit(70);
}

static void over_budget(Recorder *self, const char *budget)
{
    give_up(self, Py_BuildValue("[ss]", OVER_BUDGET, budget));
}

/* Turns an error in here into the end of the child, as the Python text does. */
static void fail(Recorder *self)
{
    if (PyErr_ExceptionMatches(PyExc_RecursionError))
        over_budget(self, DEPTH);
    if (PyErr_ExceptionMatches(PyExc_MemoryError)) {
        PyErr_Clear();
        give_up(self, Py_BuildValue("[s]", OUT_OF_MEMORY));
    }
    PyErr_Clear();
    give_up(self, Py_BuildValue("[ss]", INVALID, "the recorder failed"));
}

static int add_event(Recorder *self, State *state, int kind, PyObject *line, PyObject *changes,
                     PyObject *text, PyObject *pairs)
{
    PyObject *number = PyLong_FromSsize_t(state->number), *what = PyLong_FromLong(kind);
    PyObject *event = number && what && line
                          ? PyTuple_Pack(6, number, what, line, changes, text, pairs)
                          : NULL;
    int result = event == NULL ? -1 : PyList_Append(self->events, event);
    Py_XDECREF(event);
    Py_XDECREF(number);
    Py_XDECREF(what);
    Py_XDECREF(line);
    Py_DECREF(changes);
    Py_DECREF(pairs);
    return result;
}

static int push(Recorder *self, PyFrameObject *frame, State *state)
{
    if (self->height == self->room) {
        Py_ssize_t room = self->room ? self->room * 2 : 32;
        Active *stack = PyMem_Realloc(self->stack, (size_t)room * sizeof *stack);
        if (stack == NULL) {
            PyErr_NoMemory();
            return -1;
        }
        self->stack = stack;
        self->room = room;
    }
    self->stack[self->height++] = (Active){frame, state};
    return 0;
}

static State *state_of(Recorder *self, PyFrameObject *frame)
{
    for (Py_ssize_t i = self->height; i-- > 0;)
        if (self->stack[i].frame == frame)
            return self->stack[i].state;
    return NULL;
}

static void forget_doubt(Recorder *self)
{
    Py_CLEAR(self->doubtful);
    Py_CLEAR(self->candidates);
}

/* Gives a raise after a `finally` the exception that its caller sees. */
static int settle(Recorder *self, PyObject *error)
{
    PyObject *event = self->doubtful, *candidates = self->candidates;
    int result = 0;
    self->doubtful = self->candidates = NULL;
    for (Py_ssize_t i = 0; result == 0 && candidates && i < PyTuple_GET_SIZE(candidates); i++) {
        if (PyTuple_GET_ITEM(candidates, i) != error)
            continue;
        PyObject *text = PyObject_CallFunction(exception_text_of, "On", error, self->cap);
        result = text == NULL
                     ? -1
                     : PyList_SetSlice(PyList_GET_ITEM(event, 5), 0, 3, text);
        Py_XDECREF(text);
    }
    Py_XDECREF(event);
    Py_XDECREF(candidates);
    return result;
}

/* The state of a frame that is new to the recorder, pushed. */
static State *new_state(Recorder *self, PyFrameObject *frame, const Code *code)
{
    State *state = PyObject_GC_New(State, state_type);
    if (state == NULL)
        return NULL;
    state->code = code;
    state->number = self->frames++;
    state->line = 0;
    state->fresh_at = -1;
    state->seen = NULL;
    memset(&state->held, 0, sizeof state->held);
    state->shown = PyDict_New();
    state->watched = PyDict_New();
    PyObject_GC_Track(state);
    if (state->shown == NULL || state->watched == NULL || push(self, frame, state) < 0)
        return NULL;
    return state;
}

/* A frame begins. */
static int follow(Recorder *self, PyFrameObject *frame, const Code *code)
{
    State *state = new_state(self, frame, code);
    PyObject *changes = state == NULL ? NULL : changes_of(self, frame, state);
    if (changes == NULL)
        return -1;
    PyObject *pairs = PyDict_GET_SIZE(state->watched) > 0 ? pairs_of(state, changes, code->name)
                                                          : code->alone;
    if (pairs == NULL)
        return -1;
    if (pairs == code->alone)
        Py_INCREF(pairs);
    return add_event(self, state, EVENT_CALL, line_of(frame, state), changes, Py_None, pairs);
}

/* A frame goes on. */
static int go_on(Recorder *self, PyFrameObject *frame, State *state)
{
    state->fresh_at = -1;
    PyObject *changes = changes_of(self, frame, state);
    PyObject *pairs = changes == NULL ? NULL : pairs_of(state, changes, NULL);
    if (pairs == NULL)
        return -1;
    return add_event(self, state, EVENT_RESUME, line_of(frame, state), changes, Py_None, pairs);
}

/* A frame that was paused goes on. Its state waited as its trace function, so that nothing else kept
 * the frame, whose end may be that nobody refers to it. */
static State *resume(Recorder *self, PyFrameObject *frame)
{
    PyObject *waiting = PyObject_GetAttr((PyObject *)frame, name_f_trace);
    if (waiting == NULL || Py_TYPE(waiting) != state_type) {
        Py_XDECREF(waiting);
        return NULL;
    }
    State *state = (State *)waiting;
    if (PyObject_SetAttr((PyObject *)frame, name_f_trace, Py_None) < 0
        || push(self, frame, state) < 0 || go_on(self, frame, state) < 0)
        return NULL;
    return state;
}

static int enter(Recorder *self, PyFrameObject *frame, PyObject *code_object)
{
    const Code *code = code_of(self->table, code_object);
    if (code == NULL)
        return -1;
    if (!code->followed)
        return 0;
    if (++self->active > self->max_depth)
        over_budget(self, DEPTH);
    if (code->suspendable) {
        if (resume(self, frame) != NULL)
            return 0;
        if (PyErr_Occurred())
            return -1;
        int started = was_started(frame, code);
        if (started != 0) {
            State *state = started < 0 ? NULL : new_state(self, frame, code);
            return state == NULL ? -1 : go_on(self, frame, state);
        }
    }
    return follow(self, frame, code);
}

/* A generator that set-up has started, and that is woken without a call, by an exception. */
static State *wake(Recorder *self, PyFrameObject *frame, PyObject *code_object)
{
    const Code *code = code_of(self->table, code_object);
    if (code == NULL || !code->followed || !code->suspendable)
        return NULL;
    State *state = new_state(self, frame, code);
    return state == NULL || go_on(self, frame, state) < 0 ? NULL : state;
}

static int step(Recorder *self, PyFrameObject *frame, State *state)
{
    state->fresh_at = -1;
    forget_doubt(self);
    if (++self->steps > self->max_steps)
        over_budget(self, STEPS);
    PyObject *changes = changes_of(self, frame, state);
    PyObject *pairs = changes == NULL ? NULL : pairs_of(state, changes, NULL);
    if (pairs == NULL
        || add_event(self, state, EVENT_LINE, line_of(frame, state), changes, Py_None, pairs) < 0)
        return -1;
    self->size += EVENT_SIZE;
    if (self->size > self->max_bytes)
        over_budget(self, TRACE_BYTES);
    return 0;
}

/* An exception comes by. */
static int notice(Recorder *self, PyFrameObject *frame, State *state, PyObject *arg)
{
    PyObject *error = arg != NULL && PyTuple_Check(arg) && PyTuple_GET_SIZE(arg) > 1
                          ? PyTuple_GET_ITEM(arg, 1)
                          : NULL;
    /* An exception that C code raised may still be a bare class or argument here. */
    if (error == NULL || !PyExceptionInstance_Check(error))
        return 0;
    if (PyObject_TypeCheck(error, (PyTypeObject *)PyExc_OSError) && PyTuple_GET_SIZE(arg) > 2) {
        PyObject *outcome = PyObject_CallFunctionObjArgs(refused_in, error, PyTuple_GET_ITEM(arg, 2), NULL);
        if (outcome == NULL)
            return -1;
        if (outcome != Py_None)
            give_up(self, outcome);
        Py_DECREF(outcome);
    }
    if (self->doubtful != NULL && settle(self, error) < 0)
        return -1;
    Py_ssize_t count = state->seen == NULL ? 0 : PyTuple_GET_SIZE(state->seen);
    Py_ssize_t first = count < SEEN_EXCEPTIONS ? 0 : count - SEEN_EXCEPTIONS + 1;
    PyObject *seen = PyTuple_New(count - first + 1);
    if (seen == NULL)
        return -1;
    for (Py_ssize_t i = first; i < count; i++) {
        PyObject *item = PyTuple_GET_ITEM(state->seen, i);
        Py_INCREF(item);
        PyTuple_SET_ITEM(seen, i - first, item);
    }
    Py_INCREF(error);
    PyTuple_SET_ITEM(seen, count - first, error);
    Py_XDECREF(state->seen);
    state->seen = seen;
    state->fresh_at = instruction_of(frame);
    return PyErr_Occurred() ? -1 : 0;
}

static int note_raise(Recorder *self, PyFrameObject *frame, State *state, PyObject *changes,
                      PyObject *pairs)
{
    PyObject *last = state->seen == NULL
                         ? Py_None
                         : PyTuple_GET_ITEM(state->seen, PyTuple_GET_SIZE(state->seen) - 1);
    PyObject *text = PyObject_CallFunction(exception_text_of, "On", last, self->cap);
    if (text == NULL)
        return -1;
    self->size += length_of(PyList_GET_ITEM(text, 1));
    if (PyList_SetSlice(text, 3, 3, pairs) < 0)
        return -1;
    PyObject *event = Py_BuildValue("[niNOOO]", state->number, EVENT_RAISE, line_of(frame, state),
                                    changes, Py_None, text);
    Py_DECREF(text);
    if (event == NULL || PyList_Append(self->events, event) < 0)
        return -1;
    if (state->fresh_at < 0) {
        forget_doubt(self);
        self->doubtful = event;
        Py_INCREF(event);
        self->candidates = state->seen;
        Py_XINCREF(state->seen);
    }
    Py_DECREF(event);
    Py_DECREF(changes);
    Py_DECREF(pairs);
    return 0;
}

/* Notes the end of a frame, or its pause. */
static int leave(Recorder *self, PyFrameObject *frame, State *state, PyObject *value)
{
    self->active--;
    long at = instruction_of(frame);
    PyObject *changes = changes_of(self, frame, state);
    PyObject *pairs = changes == NULL ? NULL : pairs_of(state, changes, NULL);
    if (pairs == NULL)
        return -1;
    forget_doubt(self);
    int kind = quick_end_kind(state, at, value);
    if (kind < 0)
        return -1;
    if (kind == EVENT_RAISE) {
        if (note_raise(self, frame, state, changes, pairs) < 0)
            return -1;
    } else {
        Watch *watch;
        PyObject *text = describe(value == NULL ? Py_None : value, self->cap, &watch);
        Py_XDECREF(watch);
        if (text == NULL)
            return -1;
        self->size += length_of(text_of(text));
        int result = add_event(self, state, kind, line_of(frame, state), changes, text, pairs);
        Py_DECREF(text);
        if (result < 0)
            return -1;
    }
    if (kind == EVENT_YIELD
        && PyObject_SetAttr((PyObject *)frame, name_f_trace, (PyObject *)state) < 0)
        return -1;
    for (Py_ssize_t i = self->height; i-- > 0;) {
        if (self->stack[i].frame == frame) {
            memmove(self->stack + i, self->stack + i + 1,
                    (size_t)(self->height - i - 1) * sizeof *self->stack);
            self->height--;
            break;
        }
    }
    Py_DECREF(state);
    if (self->size > self->max_bytes)
        over_budget(self, TRACE_BYTES);
    return 0;
}

static int handle(Recorder *self, PyFrameObject *frame, int what, PyObject *arg)
{
    State *state = what == PyTrace_CALL ? NULL : state_of(self, frame);
    if (state == NULL) {
        PyObject *code = (PyObject *)PyFrame_GetCode(frame);
        int result = 0;
        if (of_program(code)) {
            if (what == PyTrace_CALL) {
                result = enter(self, frame, code);
            } else {
                /* A generator that was woken without a call, by an exception. */
                state = resume(self, frame);
                if (state == NULL && !PyErr_Occurred())
                    state = wake(self, frame, code);
                self->active += state != NULL;
            }
        }
        Py_DECREF(code);
        if (result < 0 || state == NULL)
            return PyErr_Occurred() ? -1 : 0;
    }
    if (what == PyTrace_LINE)
        return step(self, frame, state);
    if (what == PyTrace_EXCEPTION)
        return notice(self, frame, state, arg);
    self->size += EVENT_SIZE;
    return leave(self, frame, state, arg);
}

static int trace(PyObject *recorder, PyFrameObject *frame, int what, PyObject *arg)
{
    Recorder *self = (Recorder *)recorder;
    if (what != PyTrace_CALL && what != PyTrace_LINE && what != PyTrace_EXCEPTION
        && what != PyTrace_RETURN)
        return 0;
#if PY_VERSION_HEX < 0x030D0000
    /* A trace function in Python takes over what a program writes into its `locals()`. So does this. */
    State *known = state_of(self, frame);
    int shares = known != NULL && known->code->shares_locals;
    if (shares && PyFrame_FastToLocalsWithError(frame) < 0)
        fail(self);
#endif
    if (handle(self, frame, what, arg) < 0)
        fail(self);
#if PY_VERSION_HEX < 0x030D0000
    if (shares)
        PyFrame_LocalsToFast(frame, 1);
#endif
    return 0;
}

/* ---------------------------------------------------------------------------------------------
 * The recorder as an object */

static int recorder_traverse(PyObject *object, visitproc visit, void *arg)
{
    Recorder *self = (Recorder *)object;
    Py_VISIT(self->table);
    Py_VISIT(self->abort);
    Py_VISIT(self->events);
    Py_VISIT(self->doubtful);
    Py_VISIT(self->candidates);
    for (Py_ssize_t i = 0; i < self->height; i++)
        Py_VISIT(self->stack[i].state);
    Py_VISIT(Py_TYPE(object));
    return 0;
}

static int recorder_clear(PyObject *object)
{
    Recorder *self = (Recorder *)object;
    Py_CLEAR(self->table);
    Py_CLEAR(self->abort);
    Py_CLEAR(self->events);
    forget_doubt(self);
    while (self->height > 0)
        Py_DECREF(self->stack[--self->height].state);
    return 0;
}

static void recorder_dealloc(PyObject *object)
{
    PyTypeObject *type = Py_TYPE(object);
    PyObject_GC_UnTrack(object);
    recorder_clear(object);
    PyMem_Free(((Recorder *)object)->stack);
    PyObject_GC_Del(object);
    Py_DECREF(type);
}

/* `finish(error)`: what the evaluation ended with tells which exception a last doubtful raise was. */
static PyObject *recorder_finish(PyObject *object, PyObject *error)
{
    Recorder *self = (Recorder *)object;
    if (self->doubtful != NULL && error != Py_None && settle(self, error) < 0)
        return NULL;
    Py_RETURN_NONE;
}

/* `start()`: traces from now on; `sys.settrace(None)` ends it. */
static PyObject *recorder_start(PyObject *object, PyObject *nothing)
{
    (void)nothing;
    PyEval_SetTrace(trace, object);
    if (PyErr_Occurred())
        return NULL;
    Py_RETURN_NONE;
}

static PyMethodDef recorder_methods[] = {
    {"finish", recorder_finish, METH_O, NULL},
    {"start", recorder_start, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot recorder_slots[] = {
    {Py_tp_traverse, recorder_traverse},
    {Py_tp_clear, recorder_clear},
    {Py_tp_dealloc, recorder_dealloc},
    {Py_tp_methods, recorder_methods},
    {0, NULL},
};

static PyType_Spec recorder_spec = {
    "tracestone.Recorder", sizeof(Recorder), 0, Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    recorder_slots,
};

/* `record(table, abort, events, max_steps, max_depth, trace_bytes, value_bytes)`. */
static PyObject *record(PyObject *module, PyObject *arguments)
{
    (void)module;
    PyObject *table, *abort, *events;
    long steps, depth, bytes;
    Py_ssize_t cap;
    if (!PyArg_ParseTuple(arguments, "OOO!llln", &table, &abort, &PyList_Type, &events, &steps,
                          &depth, &bytes, &cap))
        return NULL;
    Recorder *self = PyObject_GC_New(Recorder, recorder_type);
    if (self == NULL)
        return NULL;
    memset((char *)self + sizeof(PyObject), 0, sizeof *self - sizeof(PyObject));
    Py_INCREF(table);
    Py_INCREF(abort);
    Py_INCREF(events);
    self->table = table;
    self->abort = abort;
    self->events = events;
    self->max_steps = steps;
    self->max_depth = depth;
    self->max_bytes = bytes;
    self->cap = cap;
    PyObject_GC_Track(self);
    return (PyObject *)self;
}
