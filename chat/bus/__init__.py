"""What joins several containers into one chat: they tell each other by a Valkey or Redis server.

The bus may lose anything at any time without a word. It only makes things quick: what is true is in
the history. So publications are numbered, and who misses one reads the history again. Nothing is
known to the bus alone, and it keeps nothing.

The modules of this package know nothing of rooms and people. `crossing/` has a module for each
thing that crosses from one container to the others; a new thing gets one of its own there.
"""
