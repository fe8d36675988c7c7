"""The native twins of the recorder and of what counts steps."""

# The native twins of the recorder and of what counts steps, and the types of these, where there are.
NATIVE = []
# The twin, where it notes for each call what is seen of orders: of sets, hashes and addresses.
ORDERS = []


def order_was_seen():
    """Whether a program has seen an order since it was last asked to forget that, as far as orders are noted."""
    return bool(ORDERS) and ORDERS[0].order_was_seen() != 0


def order_is_fixed():
    """Whether one of these was that of objects that lie in the binary: then all of its interpreters have the same one,
    and those of other binaries may have another one."""
    return bool(ORDERS) and ORDERS[0].order_was_seen() & 2 != 0


# In code of these files nothing comes of an order: the worker's own, and what imports.
QUIET_FILES = frozenset((sys._getframe().f_code.co_filename, "<replay>", "<frozen importlib._bootstrap>", "<frozen importlib._bootstrap_external>"))
# Files of the standard library that remember objects by `id`. Others compare addresses (`pprint`, `minidom`).
KEY_FILES = ("copy.py", "dataclasses.py", "inspect.py", "json/encoder.py", "reprlib.py", "traceback.py")
# Files of distributions that write hashes into the `__hash__` that they make.
SITE_KEY_FILES = ("attr/_make.py",)


def load_native(path):
    """Loads the twin, which must give the same bytes as this text."""
    library = ctypes.PyDLL(path)
    library.PyInit_tracestone_native.restype = ctypes.py_object
    native = library.PyInit_tracestone_native()
    native.set_up(
        {
            "name_descriptor": type_dict_of(type)["__name__"],
            "args_descriptor": type_dict_of(BaseException)["args"],
            "facts_of": facts_of,
            "category_of": category_of,
            "leaf_of": leaf_text,
            "clean": clean,
            "ordered_keys": OrderedDict.keys,
            "ordered_values": OrderedDict.values,
            "program_name": PROGRAM,
            "code_facts_of": code_facts,
            "raised_text": raised_text,
            "plain_locals": plain_locals,
            "end_kind": end_kind,
            "was_started": was_started,
            "refused_in": refused_in,
            "return_opcodes": RETURN_OPCODES,
            "counted_files": (PROGRAM, SETUP, CALL),
            "locals_sharers": LOCALS_SHARERS,
            "deque": deque,
            **{name: cls for cls, name in DICT_SUBCLASSES.items()},
        }
    )
    orders = [descriptor["__iter__"] for descriptor in (type_dict_of(set), type_dict_of(frozenset))]
    quiet = frozenset((abc.ABCMeta.__new__.__code__, functools.total_ordering.__code__))
    keys = {os.path.join(LIBRARY, file) for file in KEY_FILES}
    keys.update(tree.site + "/" + file for tree in TREE if tree.site is not None for file in SITE_KEY_FILES)
    if native.watch_orders(*orders, id, hash, QUIET_FILES, quiet, keys):
        ORDERS[:] = [native]
    NATIVE[:] = native, (type(native.record({}, None, [], 1, 1, 1, 1)), type(native.count(1, None)))
