/* What is known of the program's code objects. */

static PyObject *program_name;     /* "<program>" */
static PyObject *code_facts_of;    /* table, code -> CodeFacts, or None for what is not followed */

/* What the recorder needs of one code object, taken from CodeFacts once. */
typedef struct {
    PyObject *code; /* owned, so that its address stays its own */
    int followed;
    PyObject *name, *alone, *names, *opcodes;
    int suspendable, namespace, only_binds, shares_locals;
    /* One byte a line: whether it binds no variable. */
    unsigned char *quiet;
    long quiet_length;
} Code;

static int take_flag(PyObject *facts, const char *name, int *flag)
{
    PyObject *value = PyObject_GetAttrString(facts, name);
    if (value == NULL)
        return -1;
    *flag = PyObject_IsTrue(value);
    Py_DECREF(value);
    return *flag < 0 ? -1 : 0;
}

static int take_quiet_lines(PyObject *facts, Code *code)
{
    PyObject *lines = PyObject_GetAttrString(facts, "quiet_lines");
    PyObject *iterator = lines == NULL ? NULL : PyObject_GetIter(lines), *item;
    Py_XDECREF(lines);
    if (iterator == NULL)
        return -1;
    while ((item = PyIter_Next(iterator)) != NULL) {
        long line = PyLong_AsLong(item);
        Py_DECREF(item);
        if (line < 0)
            continue;
        if (line >= code->quiet_length) {
            unsigned char *quiet = PyMem_Realloc(code->quiet, (size_t)line + 1);
            if (quiet == NULL) {
                PyErr_NoMemory();
                break;
            }
            memset(quiet + code->quiet_length, 0, (size_t)(line + 1 - code->quiet_length));
            code->quiet = quiet;
            code->quiet_length = line + 1;
        }
        code->quiet[line] = 1;
    }
    Py_DECREF(iterator);
    return PyErr_Occurred() ? -1 : 0;
}

static int take_facts(PyObject *facts, Code *code)
{
    code->followed = 1;
    code->name = PyObject_GetAttrString(facts, "name");
    code->alone = PyObject_GetAttrString(facts, "alone");
    code->names = PyObject_GetAttrString(facts, "names");
    code->opcodes = PyObject_GetAttrString(facts, "opcodes");
    if (!code->name || !code->alone || !code->names || !code->opcodes)
        return -1;
    if (take_flag(facts, "suspendable", &code->suspendable) < 0
        || take_flag(facts, "namespace", &code->namespace) < 0
        || take_flag(facts, "only_binds", &code->only_binds) < 0
        || take_flag(facts, "shares_locals", &code->shares_locals) < 0)
        return -1;
    return take_quiet_lines(facts, code);
}

/* By address; entries stay where they are, since frames refer to them. */
static Code **codes;
static size_t codes_room, codes_count;

static int grow_codes(void)
{
    size_t room = codes_room ? codes_room * 2 : 64;
    Code **table = PyMem_Calloc(room, sizeof *table);
    if (table == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    for (size_t i = 0; i < codes_room; i++) {
        if (codes[i] == NULL)
            continue;
        size_t at = pointer_hash(codes[i]->code) & (room - 1);
        while (table[at] != NULL)
            at = (at + 1) & (room - 1);
        table[at] = codes[i];
    }
    PyMem_Free(codes);
    codes = table;
    codes_room = room;
    return 0;
}

/* Whether a code object is of the program's text, by the name of its file. */
static int of_program(PyObject *code)
{
    PyObject *name = ((PyCodeObject *)code)->co_filename;
    return name == program_name || PyUnicode_Compare(name, program_name) == 0;
}

/* What is known of a code object of the program. */
static const Code *code_of(PyObject *table, PyObject *code)
{
    if (codes_count * 2 >= codes_room && grow_codes() < 0)
        return NULL;
    size_t at = pointer_hash(code) & (codes_room - 1);
    while (codes[at] != NULL && codes[at]->code != code)
        at = (at + 1) & (codes_room - 1);
    if (codes[at] != NULL)
        return codes[at];
    PyObject *facts = PyObject_CallFunctionObjArgs(code_facts_of, table, code, NULL);
    Code *entry = facts == NULL ? NULL : PyMem_Calloc(1, sizeof *entry);
    if (entry == NULL || (facts != Py_None && take_facts(facts, entry) < 0)) {
        Py_XDECREF(facts);
        return NULL;
    }
    Py_DECREF(facts);
    Py_INCREF(code);
    entry->code = code;
    codes[at] = entry;
    codes_count++;
    return entry;
}
