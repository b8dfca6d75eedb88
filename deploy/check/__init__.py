"""Tries the image and all that is said about AWS; see `__main__`."""
