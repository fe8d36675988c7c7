/* What is known of classes. */

/* What is known of a class of the program. */
typedef struct {
    PyTypeObject *type; /* owned, so that its address stays its own */
    int category;
    PyObject *facts; /* of an instance's class, and what is taken from it: */
    PyObject *name, *dict_descriptor, *slots, *part;
} ClassEntry;

static ClassEntry *classes;
static size_t classes_room, classes_count;

static int grow_classes(void)
{
    size_t room = classes_room ? classes_room * 2 : 64;
    ClassEntry *table = PyMem_Calloc(room, sizeof *table);
    if (table == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    for (size_t i = 0; i < classes_room; i++) {
        if (classes[i].type == NULL)
            continue;
        size_t at = pointer_hash(classes[i].type) & (room - 1);
        while (table[at].type != NULL)
            at = (at + 1) & (room - 1);
        table[at] = classes[i];
    }
    PyMem_Free(classes);
    classes = table;
    classes_room = room;
    return 0;
}

/* Finds what is known of a class, without running the class's code. */
static int class_entry(PyTypeObject *type, ClassEntry *entry)
{
    if (classes_count * 2 >= classes_room && grow_classes() < 0)
        return -1;
    size_t at = pointer_hash(type) & (classes_room - 1);
    while (classes[at].type != NULL && classes[at].type != type)
        at = (at + 1) & (classes_room - 1);
    if (classes[at].type == type) {
        *entry = classes[at];
        return 0;
    }
    PyObject *category = PyObject_CallFunctionObjArgs(category_of, type, NULL);
    if (category == NULL)
        return -1;
    memset(entry, 0, sizeof *entry);
    entry->type = type;
    entry->category = (int)PyLong_AsLong(category);
    Py_DECREF(category);
    if (entry->category == INSTANCE) {
        PyObject *facts = entry->facts = PyObject_CallFunctionObjArgs(facts_of, type, NULL);
        if (facts == NULL)
            return -1;
        entry->name = PyObject_GetAttrString(facts, "name");
        entry->dict_descriptor = PyObject_GetAttrString(facts, "dict_descriptor");
        entry->slots = PyObject_GetAttrString(facts, "slot_descriptors");
        entry->part = PyObject_GetAttrString(facts, "part");
        if (!entry->name || !entry->dict_descriptor || !entry->slots || !entry->part)
            return -1;
    }
    Py_INCREF(type);
    classes[at] = *entry;
    classes_count++;
    return 0;
}

/* The instance's dictionary, or NULL where it has none. */
static PyObject *instance_dict(const ClassEntry *entry, PyObject *value)
{
    if (entry->dict_descriptor == Py_None)
        return NULL;
    PyObject *attributes = from_descriptor(entry->dict_descriptor, value);
    if (attributes != NULL && !PyDict_CheckExact(attributes))
        Py_CLEAR(attributes);
    return attributes;
}

/* Adds the slots that are filled, and their names where a list for them is given. */
static int each_slot(const ClassEntry *entry, PyObject *value, PyObject *names, Objects *filled)
{
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(entry->slots); i++) {
        PyObject *pair = PyList_GET_ITEM(entry->slots, i);
        PyObject *item = from_descriptor(PyTuple_GET_ITEM(pair, 1), value);
        if (item == NULL) {
            if (PyErr_Occurred())
                return -1;
            continue;
        }
        int result = objects_add(filled, item);
        Py_DECREF(item);
        if (result < 0 || (names != NULL && PyList_Append(names, PyTuple_GET_ITEM(pair, 0)) < 0))
            return -1;
    }
    return 0;
}

/* The name of a class, as the class itself would like to be called. */
static PyObject *name_of(PyTypeObject *type)
{
    PyObject *name = Py_TYPE(name_descriptor)->tp_descr_get(name_descriptor, (PyObject *)type,
                                                            (PyObject *)Py_TYPE(type));
    if (name != NULL && !(PyUnicode_CheckExact(name) && PyUnicode_IS_ASCII(name))) {
        PyObject *clean = PyObject_CallFunctionObjArgs(clean_text, name, NULL);
        Py_DECREF(name);
        name = clean;
    }
    return name;
}
