"""People: who somebody is, their names, their sessions."""
