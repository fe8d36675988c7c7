"""The state of a frame that is recorded, and of the recording of a call."""

MISSING = object()
# An empty dictionary that stays empty.
NOTHING = types.MappingProxyType({})


class FrameState:
    """What the recorder knows of one frame."""

    # Of the variables, the ones whose text can change while they stay bound to the same object, each
    # with what to watch.
    watched = NOTHING
    # The last exceptions that came by, and the instruction of the newest, if it was just now.
    seen = ()
    fresh_at = None

    def __init__(self, facts, number):
        self.facts = facts
        self.number = number
        self.only_binds = facts.only_binds
        # The line of the last event, and the lines after which no variable is bound to another object.
        self.line = 0
        self.quiet_lines = facts.quiet_lines
        # Variable: (its object, what to watch, the text).
        self.shown = {}
        # The objects of all variables, in the frame's own order.
        self.held = ()


class Recording:
    """One call's events so far, and what they have used of the budgets."""

    __slots__ = ("cap", "events", "states", "steps", "active", "frames", "size", "doubtful")

    def __init__(self, cap, events):
        self.cap = cap
        self.events = events
        # The state of each frame that runs.
        self.states = {}
        self.steps = self.active = self.frames = self.size = 0
        # A raise event whose exception is known only when the caller sees it: (event, candidates).
        self.doubtful = None

    def new_state(self, facts):
        """The state of a frame that is new."""
        number = self.frames
        self.frames = number + 1
        return FrameState(facts, number)
