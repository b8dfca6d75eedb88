"""Compares Cloud Chat with the Node chat that it replaces: `make bench`, or `python -m bench`."""
