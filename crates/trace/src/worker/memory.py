"""The memory of the zygote, prepared for being shared with children."""


def settle_memory(role):
    """Prepares the memory of the zygote for being shared with children.

    A fork and the end of a child take longer the more memory there is, and each page that a child
    writes to is copied. So what is free is returned to the system, of which compiling this file alone
    leaves a quarter of all pages. What remains free between objects that are in use is taken, so that
    what a child makes lies together on new pages. And some of what each child needs is made here.
    """
    gc.collect()
    gc.freeze()
    trim = getattr(libc, "malloc_trim", None)
    if trim is not None:
        trim(0)
        fill_heap()
    fill_pools()
    if role != "first":
        scatter_memory()
    SPARE_CAPTURES.extend([capture(0) for _ in range(6)])
    USED_CAPTURES.clear()
    gc.freeze()


def fill_heap():
    """Takes what is free below the top of the C library's heap."""
    malloc, free, end_of_heap = libc.malloc, libc.free, libc.sbrk
    malloc.restype = end_of_heap.restype = ctypes.c_void_p
    malloc.argtypes, free.argtypes = [ctypes.c_size_t], [ctypes.c_void_p]
    end_of_heap.argtypes = [ctypes.c_ssize_t]
    size, end = LARGE_PIECE, end_of_heap(0)
    top = malloc(size)
    while top is not None and top + size < end:
        top = malloc(size)
    free(top)
    if top is None or top > end_of_heap(0):
        return
    while size >= SMALLEST_PIECE:
        piece = malloc(size)
        if piece is None or piece >= top:
            free(piece)
            size -= max(16, size // 8 if size > 4096 else 0)


# In bytes. The C library takes pieces up to the large one from its heap.
LARGE_PIECE, SMALLEST_PIECE = 100_000, 24
# Python has its own allocator for objects of up to so many bytes, in steps.
SMALL_OBJECT, STEP_OF_SIZES = 512, 16
POOL_HEADER = 48
# In front of each object that may be part of a cycle.
GARBAGE_HEADER = 16


def fill_pools():
    """Takes what is free in pools of Python's allocator that are in use, so that the next object of each
    size is among the first of a new pool."""
    malloc = python_library.PyObject_Malloc
    malloc.restype, malloc.argtypes = ctypes.c_void_p, [ctypes.c_size_t]
    for size in range(STEP_OF_SIZES, SMALL_OBJECT + 1, STEP_OF_SIZES):
        before, last = 0, 0
        for _ in range(4000):
            piece = malloc(size)
            if piece is None:
                return
            # Three in a row from the start of a page are a new pool.
            if before % 4096 == POOL_HEADER and before + size == last == piece - size:
                break
            before, last = last, piece
        else:
            # This is another allocator.
            return


# Pieces of one size that are scattered: so many, and on so many bytes at most, since what a child writes to is
# copied.
SCATTERED, SCATTERED_BYTES = 64, 8192
# One piece of so many is kept: a pool of which all is free hands out its pieces in their own order again.
KEPT_OF = 8


# Classes are larger than small objects, by as much as they have slots. Between their pieces others are kept, so that
# those that are free next to each other do not become one.
SCATTERED_CLASSES, MOST_SLOTS, KEPT = 24, 3, 24


def allocator():
    """Python's own functions that take memory for an object and give it back."""
    malloc, free = python_library.PyObject_Malloc, python_library.PyObject_Free
    malloc.restype, malloc.argtypes = ctypes.c_void_p, [ctypes.c_size_t]
    free.restype, free.argtypes = None, [ctypes.c_void_p]
    return malloc, free


def scatter_memory():
    """Has the next objects of each size lie in another order than they are made in: in the first interpreter
    later ones have higher addresses, and a program that compares these, or goes through a set of objects, finds
    something else here."""
    malloc, free = allocator()
    order = random.Random(int(HASH_SEED or 0))
    for size in range(STEP_OF_SIZES, SMALL_OBJECT + 1, STEP_OF_SIZES):
        pieces = [malloc(size) for _ in range(min(SCATTERED, SCATTERED_BYTES // size))]
        order.shuffle(pieces)
        for number, piece in enumerate(pieces):
            if number % KEPT_OF:
                free(piece)
    scatter_classes(order)


def scatter_classes(order):
    """The same for classes."""
    malloc, free = allocator()
    allocate = libc.malloc
    allocate.restype, allocate.argtypes = ctypes.c_void_p, [ctypes.c_size_t]
    for slots in range(MOST_SLOTS + 1):
        size = type.__basicsize__ + (slots + 1) * type.__itemsize__ + GARBAGE_HEADER
        pieces = []
        for _ in range(SCATTERED_CLASSES):
            pieces.append(malloc(size))
            allocate(KEPT)
        order.shuffle(pieces)
        for piece in pieces:
            free(piece)


# Orders in which pieces that were taken one after the other are given back, and the sizes of these pieces: what a call
# makes first, such as the parts of a loop of events, is of any of them, and in large numbers.
SCATTERED_AGAIN, MANY_ORDERS = 256, 16
SIZES_AGAIN = range(STEP_OF_SIZES, 241, STEP_OF_SIZES)
EMPTY_BYTES = bytes.__basicsize__
KEPT_PIECES = []


def orders_of_pieces(seed):
    """Functions that give the items of a list in another order, each in one of its own."""
    order = random.Random(seed)
    numbers = list(range(SCATTERED_AGAIN))
    return [operator.itemgetter(*order.sample(numbers, len(numbers))) for _ in range(MANY_ORDERS)]


ORDERS_OF_PIECES = orders_of_pieces(int(HASH_SEED or 0))


def scatter_again(text):
    """Scatters memory anew for a call: what was scattered before has been used by what led to it, and after that all
    interpreters hand out memory in one order. Takes a part of a millisecond."""
    scatter_classes(random.Random(hash(text)))
    in_another_order = ORDERS_OF_PIECES[hash(text) % MANY_ORDERS]
    for size in SIZES_AGAIN:
        if size == STEP_OF_SIZES:
            pieces = [object() for _ in range(SCATTERED_AGAIN)]
        elif size == 2 * STEP_OF_SIZES:
            pieces = [number + SCATTERED_AGAIN for number in range(SCATTERED_AGAIN)]
        else:
            pieces = [bytes(size - EMPTY_BYTES) for _ in range(SCATTERED_AGAIN)]
        # The list ends here, and with the next one, one after the other, its pieces.
        pieces = in_another_order(pieces)
        KEPT_PIECES.append(pieces[::KEPT_OF])
