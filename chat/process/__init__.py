"""The process: its start, its commands, its log, its end."""
