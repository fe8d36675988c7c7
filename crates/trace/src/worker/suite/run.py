"""The items of a file of tests, and the report."""


def report_of(watch, ended):
    """What was seen since the last report, as JSON."""
    reached = {}
    for (path, line), units in watch.reached.items():
        reached.setdefault(path, {})[str(line)] = sorted(units)
    text = json.dumps({"tests": ended, "calls": watch.calls, "reached": reached}, sort_keys=True)
    watch.calls, watch.reached = [], {}
    return text


class Runner:
    """The file of a job, which is imported once."""

    def __init__(self, tree, seed, path):
        self.tree, self.seed, self.path = tree, seed, path
        self.watch = Watch(tree, {path})
        self.suite = None

    def item(self, name):
        sys.stdout = sys.stderr = io.StringIO()
        sys.modules["pytest"] = sys.modules.get("pytest") or stand_in_for_pytest(self.watch)
        sys.modules["_pytest"] = None
        if not any(isinstance(finder, AbsentFinder) for finder in sys.meta_path):
            sys.meta_path.append(AbsentFinder(self.watch))
            hide_programs()
        if self.suite is None:
            restart_world(self.path)
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    self.suite = Suite(self.tree, self.path, self.watch, self.seed)
            except Exception as error:
                if not isinstance(error, Skipped):
                    why = type(error).__name__ + ": " + str(error)
                    return json.dumps({"failure": why.replace(self.tree.root, "")[:300]})
                self.suite = False
        ended = self.suite.item(name) if self.suite else []
        return report_of(self.watch, ended)
