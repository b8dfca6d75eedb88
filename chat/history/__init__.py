"""Writes messages into the storage, recognises resends, and reads messages."""
