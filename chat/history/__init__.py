"""The way of messages into the storage and out of it: writing, sending again, reading."""
