"""The WSGI entry point: `app`, made with the settings in force, for any WSGI server and for the command `flask`.

What `roles` names beside `web` begins with the first request of each process; see docs/operate/nodes.md.
"""

from app.cli.standalone import make_app
from app.ops.embedded import Embedded

app = make_app()
if "signpost" in app.extensions:  # not for commands that do without its services
    app.wsgi_app = Embedded(app)  # type: ignore[method-assign]
