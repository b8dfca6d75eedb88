"""The Socket.IO side: the contract, both namespaces, who is there, what they are told."""
