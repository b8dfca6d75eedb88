"""A small Flask-SocketIO application for the tests of the worker, with the stock transport."""

import os
import socket

import eventlet
import flask
from flask import Flask, request
from flask_socketio import SocketIO

from chat.delivery import request_body

if "BODY_WITHIN" in os.environ:
    request_body.BODY_WITHIN = float(os.environ["BODY_WITHIN"])

app = Flask(__name__)
socketio = SocketIO(app, async_mode="eventlet", async_handlers=False)


@app.get("/")
def index():
    return "hello"


@app.get("/slow")
def slow():
    eventlet.sleep(float(request.args["seconds"]))
    return "done"


@app.post("/length")
def length():
    return str(len(request.get_data()))


@app.post("/ignored")
def ignored():
    return "not interested"


@app.get("/hold-the-hub")
def hold_the_hub():
    eventlet.patcher.original("time").sleep(float(request.args["seconds"]))
    return "done"


LONG = b"x" * 8_000_000


@app.get("/buffers")
def buffers():
    connection = request.environ["gunicorn.socket"]
    options = socket.SO_RCVBUF, socket.SO_SNDBUF
    return [connection.getsockopt(socket.SOL_SOCKET, option) for option in options]


@app.get("/long")
def long():
    return flask.Response(iter([LONG]))


@app.get("/count")
def count():
    app.config["COUNT"] = app.config.get("COUNT", 0) + 1
    return str(app.config["COUNT"])


@socketio.on("echo")
def echo(*args):
    return args


def drain(seconds):
    app.logger.warning("draining, %.0f s left", seconds)
    if os.environ.get("TOY_DRAIN") == "fails":
        raise RuntimeError("no drain")
    if os.environ.get("TOY_DRAIN") == "hangs":
        eventlet.sleep(3600)
    socketio.server.eio.disconnect()


app.drain = drain
