"""What a message is: its id, its text, its form on the wire. Nothing here knows of a server."""
