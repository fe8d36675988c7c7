/* What a program sees of an order that another interpreter has otherwise: of a set, of hashes, of addresses. */

/* Bits of what was seen: an order that another interpreter has otherwise, and one that all interpreters of this binary
 * have alike, since objects lie where the binary has them: at other pages, but there at the same place. */
enum { SEEN = 1, SEEN_FIXED = 2 };
static int order_seen;

#if PY_VERSION_HEX < 0x030D0000

/* The interpreter's own functions, in the place of which ours stand. */
static getiterfunc set_iterator;
static PyCFunction set_pop, plain_id, plain_hash;
static PyObject *(*keys_from)(PyObject *, PyObject *const *, Py_ssize_t);

static PyObject *quiet_files; /* file names of code that makes nothing of an order */
static PyObject *quiet_codes; /* such code itself */
static PyObject *key_files;   /* file names of code that has hashes and addresses as keys only */
static PyObject *name_hash;   /* a method that does */

/* Whether the hash of an object is the same in each interpreter. */
static int is_steady(PyObject *item, int depth)
{
    /* The hash of a range is that of three numbers. */
    if (PyLong_CheckExact(item) || PyBool_Check(item) || PyRange_Check(item))
        return 1;
    /* What is no number has its address as hash. */
    if (PyFloat_CheckExact(item))
        return !isnan(PyFloat_AS_DOUBLE(item));
    if (depth == 8 || !PyTuple_CheckExact(item))
        return 0;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(item); i++)
        if (!is_steady(PyTuple_GET_ITEM(item, i), depth + 1))
            return 0;
    return 1;
}

/* Whether the hash of an object is its address in the binary. That of None is another one from 3.12 on. */
static int is_fixed(PyObject *item, int depth)
{
#if PY_VERSION_HEX < 0x030C0000
    if (item == Py_None)
        return 1;
#endif
    if (item == Py_Ellipsis || item == Py_NotImplemented)
        return 1;
    if (PyType_Check(item))
        return !PyType_HasFeature((PyTypeObject *)item, Py_TPFLAGS_HEAPTYPE);
    if (PyCFunction_CheckExact(item)) {
        PyObject *self = PyCFunction_GET_SELF(item);
        return self == NULL || PyModule_CheckExact(self);
    }
    if (depth == 8 || !PyTuple_CheckExact(item))
        return 0;
    int any = 0;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(item); i++) {
        PyObject *inner = PyTuple_GET_ITEM(item, i);
        if (is_steady(inner, depth + 1))
            continue;
        if (!is_fixed(inner, depth + 1))
            return 0;
        any = 1;
    }
    return any;
}

/* What is seen of an object where its hash or address matters. */
static int sight_of(PyObject *item)
{
    return is_steady(item, 0) ? 0 : is_fixed(item, 0) ? SEEN | SEEN_FIXED : SEEN;
}

/* Whether the code at hand makes nothing of the order of a set. */
static int is_quiet(const PyCodeObject *code)
{
    return PySequence_Contains(quiet_files, code->co_filename) > 0
        || PySequence_Contains(quiet_codes, (PyObject *)code) > 0;
}

/* Whether it makes nothing of a hash or an address, but uses them as keys. */
static int keeps_to_itself(const PyCodeObject *code)
{
    return is_quiet(code) || PySequence_Contains(key_files, code->co_filename) > 0
        || PyUnicode_Compare(code->co_name, name_hash) == 0;
}

static void note(int sight, int (*is_harmless)(const PyCodeObject *))
{
    PyFrameObject *frame = PyEval_GetFrame();
    if (frame == NULL)
        return;
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    PyCodeObject *code = PyFrame_GetCode(frame);
    if (!is_harmless(code))
        order_seen |= sight;
    Py_DECREF(code);
    PyErr_Restore(type, value, traceback);
}

static void note_set(PyObject *set)
{
    if (order_seen == (SEEN | SEEN_FIXED) || PySet_GET_SIZE(set) < 2)
        return;
    Py_ssize_t at = 0;
    PyObject *item;
    Py_hash_t hash;
    int sight = 0;
    /* Beside an item whose hash differs between interpreters, others are in more than one order there. */
    while (sight != SEEN && _PySet_NextEntry(set, &at, &item, &hash)) {
        int of_item = sight_of(item);
        sight = of_item == SEEN ? SEEN : sight | of_item;
    }
    if (sight & ~order_seen)
        note(sight, is_quiet);
}

static PyObject *noted_iterator(PyObject *set)
{
    note_set(set);
    return set_iterator(set);
}

static PyObject *noted_pop(PyObject *set, PyObject *nothing)
{
    note_set(set);
    return set_pop(set, nothing);
}

static PyObject *noted_keys_from(PyObject *type, PyObject *const *arguments, Py_ssize_t count)
{
    if (count > 0 && PyAnySet_Check(arguments[0]))
        note_set(arguments[0]);
    return keys_from(type, arguments, count);
}

static PyObject *noted_id(PyObject *module, PyObject *object)
{
    /* Numbers and texts are compared by identity to show that they are the same. */
    int sight = PyType_Check(object) || object == Py_None ? SEEN | is_fixed(object, 0) * SEEN_FIXED : SEEN;
    if (sight & ~order_seen)
        note(sight, keeps_to_itself);
    return plain_id(module, object);
}

static PyObject *noted_hash(PyObject *module, PyObject *object)
{
    int sight = sight_of(object);
    if (sight & ~order_seen)
        note(sight, keeps_to_itself);
    return plain_hash(module, object);
}

/* The iterator of a container that the recorder looks at. */
static PyObject *unnoted_iterator(PyObject *container)
{
    if (Py_TYPE(container)->tp_iter == noted_iterator)
        return set_iterator(container);
    return PyObject_GetIter(container);
}

static PyMethodDef *method_of(PyTypeObject *type, const char *name, int flags)
{
    for (PyMethodDef *method = type->tp_methods; method != NULL && method->ml_name != NULL; method++)
        if (strcmp(method->ml_name, name) == 0)
            return method->ml_flags == flags ? method : NULL;
    return NULL;
}

/* `watch_orders(set's __iter__, frozenset's, id, hash, files, codes, files of keys)`: puts our functions in their places;
 * false where that is not possible. */
static PyObject *watch_orders(PyObject *module, PyObject *arguments)
{
    (void)module;
    PyObject *wrappers[2], *functions[2];
    if (!PyArg_ParseTuple(arguments, "OOOOOOO", &wrappers[0], &wrappers[1], &functions[0], &functions[1],
                          &quiet_files, &quiet_codes, &key_files))
        return NULL;
    name_hash = PyUnicode_InternFromString("__hash__");
    if (name_hash == NULL)
        return NULL;
    PyMethodDef *pop = method_of(&PySet_Type, "pop", METH_NOARGS);
    PyMethodDef *from = method_of(&PyDict_Type, "fromkeys", METH_FASTCALL | METH_CLASS);
    if (pop == NULL || from == NULL
        || PySet_Type.tp_iter != PyFrozenSet_Type.tp_iter)
        Py_RETURN_FALSE;
    for (int i = 0; i < 2; i++)
        if (!Py_IS_TYPE(wrappers[i], &PyWrapperDescr_Type) || !PyCFunction_CheckExact(functions[i])
            || PyCFunction_GET_FLAGS(functions[i]) != METH_O)
            Py_RETURN_FALSE;
    Py_INCREF(quiet_files);
    Py_INCREF(quiet_codes);
    Py_INCREF(key_files);
    set_iterator = PySet_Type.tp_iter;
    PySet_Type.tp_iter = PyFrozenSet_Type.tp_iter = noted_iterator;
    for (int i = 0; i < 2; i++)
        ((PyWrapperDescrObject *)wrappers[i])->d_wrapped = (void *)noted_iterator;
    set_pop = pop->ml_meth;
    pop->ml_meth = noted_pop;
    keys_from = (PyObject *(*)(PyObject *, PyObject *const *, Py_ssize_t))(void (*)(void))from->ml_meth;
    from->ml_meth = (PyCFunction)(void (*)(void))noted_keys_from;
    PyMethodDef *id = ((PyCFunctionObject *)functions[0])->m_ml, *hash = ((PyCFunctionObject *)functions[1])->m_ml;
    plain_id = id->ml_meth;
    plain_hash = hash->ml_meth;
    id->ml_meth = noted_id;
    hash->ml_meth = noted_hash;
    Py_RETURN_TRUE;
}

#else /* Lists take what is in a set without an iterator. */

static PyObject *unnoted_iterator(PyObject *container)
{
    return PyObject_GetIter(container);
}

static PyObject *watch_orders(PyObject *module, PyObject *arguments)
{
    (void)module;
    (void)arguments;
    Py_RETURN_FALSE;
}

#endif

/* `order_was_seen()`: bits of what was seen since the last `forget_orders()`. */
static PyObject *order_was_seen(PyObject *module, PyObject *nothing)
{
    (void)module;
    (void)nothing;
    return PyLong_FromLong(order_seen);
}

static PyObject *forget_orders(PyObject *module, PyObject *nothing)
{
    (void)module;
    (void)nothing;
    order_seen = 0;
    Py_RETURN_NONE;
}
