"""The WSGI entry point: `app`, made with the settings in force, for any WSGI server.

What `roles` names beside `web` begins with the first request of each process; see docs/operate/nodes.md.
"""

from app import create_app
from app.ops.embedded import Embedded

app = create_app()
app.wsgi_app = Embedded(app)  # type: ignore[method-assign]
