"""Parts of `recheck.py`."""
