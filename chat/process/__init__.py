"""The process: start, command line, log, planned stop."""
