"""The threads in which the history is called, in a subprocess that is patched like a worker."""

from tests.delivery.patched import run_patched


def test_one_thread_writes_others_read_and_the_hub_does_neither(tmp_path):
    run_patched(f"""
        from pathlib import Path
        from chat.process.off_the_hub import READERS, off_the_hub
        from chat.storage.sqlite.accounts import SqliteAccounts
        from chat.storage.sqlite.containers import SqliteContainers
        from chat.storage.sqlite.history import SqliteHistory
        from chat.storage.sqlite.memberships import SqliteMemberships

        threads = {{}}

        def noted(owner, name):
            real = getattr(owner, name)

            def call(*arguments):
                threads.setdefault(name, set()).add(real_threading.get_ident())
                return real(*arguments)

            setattr(owner, name, call)

        for name in ("append", "check", "newest"):
            noted(SqliteHistory, name)
        for name in ("end_session", "sessions"):
            noted(SqliteAccounts, name)
        for name in ("advance", "set_level", "choose", "of"):
            noted(SqliteMemberships, name)
        for name in ("renew", "all", "remove"):
            noted(SqliteContainers, name)
        history = off_the_hub(SqliteHistory(Path({str(tmp_path)!r}) / "chat.db"))
        history.check()
        calls = []
        for number in range(20):
            calls.append(eventlet.spawn(history.append, []))
            key = "ann", str(number)
            calls.append(eventlet.spawn(history.accounts.end_session, key, 1e12))
            calls.append(eventlet.spawn(history.accounts.sessions, "ann"))
            calls.append(eventlet.spawn(history.newest, "general", 1))
            calls.append(eventlet.spawn(history.memberships.advance, []))
            calls.append(eventlet.spawn(history.memberships.set_level, "1", "2", "3", "4"))
            calls.append(eventlet.spawn(history.memberships.choose, "1", "2", "3", "4"))
            calls.append(eventlet.spawn(history.memberships.of, "1"))
            calls.append(eventlet.spawn(history.containers.renew, "1", number, {{}}))
            calls.append(eventlet.spawn(history.containers.all))
            calls.append(eventlet.spawn(history.containers.remove, "1"))
        for call in calls:
            call.wait()
        reads = "sessions", "newest", "of", "all"
        writer = set().union(*(threads[name] for name in threads.keys() - reads))
        readers = set().union(*(threads[name] for name in reads))
        assert len(writer) == 1
        assert len(readers) <= READERS
        assert not writer & readers
        assert real_threading.get_ident() not in writer | readers
    """)
