"""Keeps servers of the tests from finding this package, which only the tests need.

Where it is installed, python-engineio imports it for its client: a sixth of the time of a start.
"""

raise ImportError("not installed in production")
