/* The module */

/* `set_up(names)`: takes what the Python text defines, by name. */
static PyObject *set_up(PyObject *module, PyObject *names)
{
    (void)module;
    struct {
        const char *name;
        PyObject **place;
    } wanted[] = {
        {"name_descriptor", &name_descriptor}, {"args_descriptor", &args_descriptor},
        {"facts_of", &facts_of},               {"category_of", &category_of},
        {"leaf_of", &leaf_of},                 {"clean", &clean_text},
        {"ordered_keys", &ordered_keys},       {"ordered_values", &ordered_values},
        {"program_name", &program_name},       {"code_facts_of", &code_facts_of},
        {"raised_text", &exception_text_of},   {"plain_locals", &plain_locals_of},
        {"end_kind", &pauses_at},
        {"was_started", &was_started_at},
        {"refused_in", &refused_in},
        {"counted_files", &counted_files},     {"locals_sharers", &locals_sharers},
        {"deque", (PyObject **)&deque_type},   {"OrderedDict", (PyObject **)&ordered_dict_type},
        {"Counter", (PyObject **)&counter_type},
        {"defaultdict", (PyObject **)&default_dict_type},
    };
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        PyObject *object = PyDict_GetItemString(names, wanted[i].name);
        if (object == NULL)
            return PyErr_Format(PyExc_KeyError, "%s is missing", wanted[i].name);
        Py_INCREF(object);
        *wanted[i].place = object;
    }
    PyObject *opcodes = PyDict_GetItemString(names, "return_opcodes"), *item;
    PyObject *iterator = opcodes == NULL ? NULL : PyObject_GetIter(opcodes);
    if (iterator == NULL)
        return NULL;
    while ((item = PyIter_Next(iterator)) != NULL) {
        returns[PyLong_AsLong(item) & 255] = 1;
        Py_DECREF(item);
    }
    Py_DECREF(iterator);
    if (PyErr_Occurred())
        return NULL;
    Py_RETURN_NONE;
}

/* `forget()`: drops what is known of classes and code objects; only while nothing is recorded. */
static PyObject *forget(PyObject *module, PyObject *nothing)
{
    (void)module;
    (void)nothing;
    for (size_t i = 0; i < classes_room; i++) {
        Py_XDECREF(classes[i].facts);
        Py_XDECREF(classes[i].name);
        Py_XDECREF(classes[i].dict_descriptor);
        Py_XDECREF(classes[i].slots);
        Py_XDECREF(classes[i].part);
        Py_XDECREF(classes[i].type);
    }
    for (size_t i = 0; i < codes_room; i++) {
        if (codes[i] == NULL)
            continue;
        Py_XDECREF(codes[i]->name);
        Py_XDECREF(codes[i]->alone);
        Py_XDECREF(codes[i]->names);
        Py_XDECREF(codes[i]->opcodes);
        Py_XDECREF(codes[i]->code);
        PyMem_Free(codes[i]->quiet);
        PyMem_Free(codes[i]);
    }
    memset(classes, 0, classes_room * sizeof *classes);
    memset(codes, 0, codes_room * sizeof *codes);
    forget_code_flags();
    classes_count = codes_count = 0;
    Py_RETURN_NONE;
}

static PyMethodDef functions[] = {
    {"record", record, METH_VARARGS, NULL},
    {"describe", describe_value, METH_VARARGS, NULL},
    {"set_up", set_up, METH_O, NULL},
    {"forget", forget, METH_NOARGS, NULL},
    {"watch_orders", watch_orders, METH_VARARGS, NULL},
    {"order_was_seen", order_was_seen, METH_NOARGS, NULL},
    {"forget_orders", forget_orders, METH_NOARGS, NULL},
    {"allow_elsewhere", allow_elsewhere, METH_O, NULL},
    {"count", count, METH_VARARGS, NULL},
    {"track", track, METH_VARARGS, NULL},
    {"serve", serve, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT, "tracestone_native", NULL, -1, functions, NULL, NULL, NULL, NULL,
};

PyMODINIT_FUNC PyInit_tracestone_native(void)
{
    name_f_trace = PyUnicode_InternFromString("f_trace");
    name_f_locals = PyUnicode_InternFromString("f_locals");
    name_f_lasti = PyUnicode_InternFromString("f_lasti");
    no_changes = PyTuple_New(0);
    watch_type = (PyTypeObject *)PyType_FromSpec(&watch_spec);
    state_type = (PyTypeObject *)PyType_FromSpec(&state_spec);
    recorder_type = (PyTypeObject *)PyType_FromSpec(&recorder_spec);
    steps_type = (PyTypeObject *)PyType_FromSpec(&steps_spec);
    if (!name_f_trace || !name_f_locals || !name_f_lasti || !no_changes || !watch_type
        || !state_type || !recorder_type || !steps_type)
        return NULL;
    return PyModule_Create(&definition);
}
