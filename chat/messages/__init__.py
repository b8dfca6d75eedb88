"""What a message is: its id, its text, its form on the wire. Independent of any server."""
