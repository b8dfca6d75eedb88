"""What makes Socket.IO fast and safe on eventlet, for any Flask-SocketIO application.

An application uses `chat.delivery.extension.SocketIO` instead of Flask-SocketIO's and runs under
`chat.delivery.worker.EventletWorker`. From the socket upwards:

- `worker` is the gunicorn worker: HTTP. The number of `unfinished` requests is bounded, and so is
  the time that a `request_body` may take.
- `handshake`, `frames` and `websocket` are RFC 6455, on the `reactor` that eventlet's hub calls.
- Three things keep one client from harming the others: `turns` at the hub; `admission`, which
  limits sessions and packets (by `allowance`, with separate limits for `newcomers`); and the
  memory budgets in `held`.
- `engine`, `session`, `polling` and `upgrade` are Engine.IO 4; timeouts are in the `wheel`.
- `server`, `packets`, `manager` and `environ` are Socket.IO 5.
- `extension` and `contexts` connect them to Flask.

A *member* is a signed-in client, a *stranger* any other. A session is *admitted* when the connect
handler of a namespace has accepted it; until then it is a *newcomer's*.

Nothing is imported here: gunicorn's master process loads this package together with the worker,
before eventlet has patched anything.
"""
