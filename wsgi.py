"""The entry point: `flask run` and `gunicorn wsgi:app` find the application here."""

import logging
import sys

from chat import create_app, logs
from chat.settings import SettingsError

STOP_FOR_GOOD = 3  # the exit code that tells gunicorn not to try again

logs.set_up()
try:
    app = create_app()
except SettingsError as error:
    logging.getLogger("chat").critical("Cloud Chat can't start. %s", error)
    sys.exit(STOP_FOR_GOOD)
