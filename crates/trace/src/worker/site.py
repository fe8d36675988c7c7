"""Distributions that the programs of a source may import. Their modules are found after those of the standard
library and of the source, from files that the sandbox lets be read, or from memory where no file can be opened.
"""

# The files of distributions in memory.
SITES = []


def keep_site(folder):
    """Reads the Python files of distributions, for later, when nothing can be opened. None of them is run."""
    files = {}
    for at, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(at, name)
            if name.endswith(".py") and os.path.isfile(path):
                with open(path, "rb") as file:
                    files[path[len(folder) + 1 :]] = file.read().decode("latin-1")
    SITES.append(Tree({"root": folder, "files": files}, False))


class SiteFinder:
    """Finds the modules and the metadata of distributions."""

    def __init__(self, folder):
        import importlib.machinery

        self.folder = folder
        self.find = importlib.machinery.PathFinder.find_spec

    def find_spec(self, name, path=None, target=None):
        return self.find(name, [self.folder], target) if path is None else None

    def find_distributions(self, context=None):
        from importlib import metadata

        if "path" in getattr(context, "__dict__", ()):
            return []
        name = getattr(context, "name", None)
        context = metadata.DistributionFinder.Context(name=name, path=[self.folder])
        return metadata.MetadataPathFinder.find_distributions(context)


def finders_of(tree, roots, found):
    """The finders of a source's modules: those to be asked first, and those to be asked last."""
    first, last = [TreeFinder(tree, None, found)], [TreeFinder(tree, roots, found)]
    if SITES:
        # Other names than those of the source, whose modules are made anew.
        found = set()
        first.append(TreeFinder(SITES[0], None, found))
        last.append(TreeFinder(SITES[0], [""], found))
    elif tree.site is not None:
        last.append(SiteFinder(tree.site))
    return first, last


def is_of_distribution(tree, one):
    """Whether a finder or a loader comes from a distribution: what it makes stays, as the distribution does."""
    try:
        maker = one
        if type(maker) is not type:
            maker = type(one)
        if SITES and maker is SITES[0].loader:
            return True
        file = getattr(sys.modules.get(maker.__module__), "__file__", None)
        return tree.site is not None and file is not None and path_inside(tree.site, file) is not None
    except BaseException:
        return False
