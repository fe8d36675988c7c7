"""Chance: differs between interpreters, so that what depends on it is found, and not between builds, so
that the next build finds the same."""

HASH_SEED = os.environ.get("PYTHONHASHSEED", "")
# The generator in C by itself, which is seeded with numbers.
Generator = __import__("_random").Random
seed_generator, seed_from = Generator.seed, random.Random.seed
chance = Generator(0)
chance_bits = chance.getrandbits
random_instance = random._inst


def state_of(generator):
    """What gives the state of a generator: its bytes, since `getstate` makes 625 numbers each time.
    They follow the object's head in all versions; where the sizes say otherwise, the numbers do."""
    head, state = object.__basicsize__, 4 * 625
    if head + state <= Generator.__basicsize__ < head + state + 8:
        state = (ctypes.c_char * state).from_address(id(generator) + head)
        return lambda: state.raw
    return generator.getstate


chance_state, random_state = state_of(chance), state_of(random_instance)
# The text that chance has started from, and the states right after that.
STARTED = ["", b"", b""]


def chance_restart(text):
    if text == STARTED[0] and not chance_was_used():
        return
    seed_generator(chance, int.from_bytes(text.encode("utf-8", "surrogatepass"), "big"))
    # As `random.seed()` does it.
    seed_generator(random_instance, chance_bits(128))
    random_instance.gauss_next = None
    STARTED[:] = text, chance_state(), random_state()


def chance_was_used():
    """Whether anything was left to chance since the start."""
    return STARTED[1] != chance_state() or STARTED[2] != random_state()


def seed_by_chance(self, a=None, version=2):
    """`random.Random.seed`, without the system's entropy."""
    seed_from(self, chance_bits(128) if a is None else a, version)


def random_bytes(size, /):
    """`os.urandom`, without the system's entropy."""
    return chance_bits(8 * size).to_bytes(size, "big")


random.Random.seed = seed_by_chance
random.seed = random._inst.seed
os.urandom = random._urandom = random_bytes
