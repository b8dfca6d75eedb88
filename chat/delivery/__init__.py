"""What makes Socket.IO fast and safe on eventlet, for any Flask-SocketIO application.

An application uses `chat.delivery.extension.SocketIO` instead of Flask-SocketIO's and runs under
`chat.delivery.worker.EventletWorker`. From the socket upwards:

- `worker` is the gunicorn worker: HTTP. How many requests may be `unfinished` is bounded, and how
  long a `request_body` may take.
- `handshake`, `frames` and `websocket` are RFC 6455, on the `reactor` that eventlet's hub calls.
- `turns` at the hub, the `admission` of sessions and packets (by `allowance`, with places for
  `newcomers`), and a limit of what is `held` keep one client from harming the others.
- `engine`, `session`, `polling` and `upgrade` are Engine.IO 4; timeouts are in the `wheel`.
- `server`, `packets`, `manager` and `environ` are Socket.IO 5.
- `extension` and `events` are the side of Flask.

Nothing is imported here: the master process of gunicorn loads this package along with the worker,
before eventlet has patched anything.
"""
