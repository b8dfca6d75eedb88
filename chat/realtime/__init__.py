"""The Socket.IO side: both namespaces, their events, presence and broadcasts."""
