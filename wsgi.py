"""The entry point: `flask run` and `gunicorn wsgi:app` find the application here."""

import sys

from chat import create_app
from chat.settings import SettingsError

STOP_FOR_GOOD = 3  # the exit code that tells gunicorn not to try again

try:
    app = create_app()
except SettingsError as error:
    sys.stderr.write(f"Cloud Chat can't start. {error}\n")
    sys.exit(STOP_FOR_GOOD)
