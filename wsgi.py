"""The WSGI entry point: `app`, made with the settings in force, for any WSGI server."""

from app import create_app

app = create_app()
