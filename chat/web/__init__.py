"""The HTTP side: pages, their files and headers, and the checks before each request."""
