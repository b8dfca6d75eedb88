"""How gunicorn serves the chat; it reads this file by itself. `HOST` and `PORT` say where."""

import os
from pathlib import Path

wsgi_app = "wsgi:app"
bind = f"{os.environ.get('HOST', '127.0.0.1')}:{os.environ.get('PORT', '8000')}"
worker_class = "chat.delivery.worker.EventletWorker"
workers = 1  # rooms and presence are in memory: more capacity means more containers
worker_connections = 20_000
keepalive = 15  # seconds between two requests of a browser that loads the page
timeout = 30  # seconds without a sign of life until the worker is replaced
graceful_timeout = 10  # seconds for a planned stop, well within ECS's 30
control_socket_disable = True
sendfile = False  # blocks, and refuses eventlet's sockets, which don't

# The heartbeat is a file that changes; on a disk it would wait for other writes.
if Path("/dev/shm").is_dir():  # noqa: S108
    worker_tmp_dir = "/dev/shm"  # noqa: S108
