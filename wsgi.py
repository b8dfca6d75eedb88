"""The entry point: `flask run` and `gunicorn wsgi:app` find the application here."""

from chat import create_app
from chat.process import logs, starting
from chat.settings import SettingsError

logs.set_up()
try:
    app = create_app()
except SettingsError as error:
    starting.stop(error)
