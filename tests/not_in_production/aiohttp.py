"""Keeps servers of the tests from finding this package, which only the tests need.

Where it is installed, python-engineio imports it for its client, which makes each start longer.
"""

raise ImportError("not installed in production")
