"""Tests the image and the deployment on AWS; see `__main__`."""
