/* What the recorder knows of a frame and of a call. */


static PyObject *exception_text_of; /* exception or None, cap -> [type name, message, exactness] */
static PyObject *plain_locals_of;  /* what `f_locals` gives -> a dictionary */
static PyObject *pauses_at;        /* opcodes, instruction -> whether it hands out a value */
static PyObject *was_started_at;   /* opcodes, instruction -> whether a frame entered there ran before */
static PyObject *refused_in;       /* error, traceback -> the outcome of a refused call, or None */
static PyObject *name_f_trace, *name_f_locals, *name_f_lasti;
static PyObject *no_changes;       /* () */

/* What is known of one frame. */
typedef struct {
    PyObject_HEAD
    const Code *code;
    Py_ssize_t number;
    long line;
    long fresh_at; /* the instruction of the newest exception, if it was just now; else -1 */
    PyObject *shown;   /* variable -> (its object, its Watch or None, its description) */
    PyObject *watched; /* variable -> Watch, of those whose text can change by itself */
    PyObject *seen;    /* the last exceptions that came by, a tuple or NULL */
    Objects held;      /* the objects of all variables, in the frame's own order */
} State;

static PyTypeObject *state_type, *recorder_type;

static int state_traverse(PyObject *self, visitproc visit, void *arg)
{
    State *state = (State *)self;
    Py_VISIT(state->shown);
    Py_VISIT(state->watched);
    Py_VISIT(state->seen);
    for (Py_ssize_t i = 0; i < state->held.length; i++)
        Py_VISIT(state->held.items[i]);
    Py_VISIT(Py_TYPE(self));
    return 0;
}

static int state_clear(PyObject *self)
{
    State *state = (State *)self;
    Py_CLEAR(state->shown);
    Py_CLEAR(state->watched);
    Py_CLEAR(state->seen);
    objects_clear(&state->held);
    return 0;
}

static void state_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    state_clear(self);
    PyObject_GC_Del(self);
    Py_DECREF(type);
}

static PyType_Slot state_slots[] = {
    {Py_tp_traverse, state_traverse},
    {Py_tp_clear, state_clear},
    {Py_tp_dealloc, state_dealloc},
    {0, NULL},
};

static PyType_Spec state_spec = {
    "tracestone.State", sizeof(State), 0, Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC, state_slots,
};

typedef struct {
    PyFrameObject *frame; /* borrowed: it runs */
    State *state;
} Active;

typedef struct {
    PyObject_HEAD
    PyObject *table, *abort, *events;
    long max_steps, max_depth, max_bytes;
    Py_ssize_t cap;
    long steps, active, frames, size;
    /* A raise event whose exception is known only when the caller sees it, and its candidates. */
    PyObject *doubtful, *candidates;
    Active *stack;
    Py_ssize_t height, room;
} Recorder;
