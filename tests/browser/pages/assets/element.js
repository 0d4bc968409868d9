import Signpost from "{help}/widget.mjs";

Signpost("on", "ready", (event) => { document.documentElement.dataset.ready = event.site; });
