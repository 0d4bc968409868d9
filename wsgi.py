"""The WSGI entry point: `app`, made with the settings in force, for any WSGI server and for the command `flask`.

What `roles` names beside `web` begins with the first request of each process; see docs/operate/nodes.md.
"""

import sys

from app.cli.standalone import is_command, make_app
from app.ops.embedded import Embedded, embed_brands

app = make_app()
_of_brands = not is_command(sys.argv) and embed_brands(app)
if not _of_brands and "signpost" in app.extensions:  # not for commands that do without its services
    app.wsgi_app = Embedded(app)  # type: ignore[method-assign]
