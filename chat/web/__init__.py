"""The HTTP side: pages, their files and headers, and what is looked at before a request."""
