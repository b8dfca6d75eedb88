"""A small Flask-SocketIO application for the tests of the worker, with the stock transport."""

import os

import eventlet
from flask import Flask, request
from flask_socketio import SocketIO

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
