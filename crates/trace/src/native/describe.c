/* A value as text, flags and type. */

/* A value as [text, flags, type name]; `*watch` is what to watch, NULL for what cannot change. */
static PyObject *describe(PyObject *value, Py_ssize_t cap, Watch **watched)
{
    static Text buffer; /* used again by each call; nothing in between calls this function */
    buffer.length = buffer.characters = 0;
    Walk walk = {.cap = cap, .text = &buffer};
    *watched = NULL;
    int known;
    int result = put_atom(&walk, value, &known);
    if (!known) {
        walk.watch = watch_new();
        result = walk.watch == NULL ? FAILED : put_value(&walk, value, 0);
    }
    PyObject *text = NULL, *name = NULL, *description = NULL;
    if (result != FAILED) {
        if (result == FULL)
            walk.flags |= INEXACT | TRUNCATED;
        Py_ssize_t length = buffer.length;
        if (length > cap) {
            walk.flags |= INEXACT | TRUNCATED;
            length = cap;
            while (length > 0 && ((unsigned char)buffer.bytes[length] & 0xC0) == 0x80)
                length--;
        }
        text = PyUnicode_DecodeUTF8(buffer.bytes, length, NULL);
        name = text == NULL ? NULL : name_of(Py_TYPE(value));
    }
    if (name != NULL)
        description = Py_BuildValue("[OiO]", text, walk.flags, name);
    Py_XDECREF(text);
    Py_XDECREF(name);
    if (walk.watch != NULL) {
        PyObject_GC_Track(walk.watch);
        if (description != NULL && walk.watch->length > 0)
            *watched = walk.watch;
        else
            Py_DECREF(walk.watch);
    }
    return description;
}

/* `describe(value, cap)`: the description alone. */
static PyObject *describe_value(PyObject *module, PyObject *arguments)
{
    (void)module;
    PyObject *value;
    Py_ssize_t cap;
    Watch *watch;
    if (!PyArg_ParseTuple(arguments, "On", &value, &cap))
        return NULL;
    PyObject *description = describe(value, cap, &watch);
    Py_XDECREF(watch);
    return description;
}
