"""Distributions that the programs of a source may import. Their modules are found after those of the standard
library and of the source, from files that the sandbox lets be read.
"""


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
    last = [TreeFinder(tree, roots, found)]
    if tree.site is not None:
        last.append(SiteFinder(tree.site))
    return [TreeFinder(tree, None, found)], last
