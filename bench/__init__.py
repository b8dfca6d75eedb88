"""Measures Cloud Chat beside the Node chat that it replaces: `make bench`, or `python -m bench`."""
