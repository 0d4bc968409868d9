"""The WSGI entry point: `app`, made with the settings in force, for any WSGI server and for the command `flask`."""

from app.cli.standalone import make_app

app = make_app()
