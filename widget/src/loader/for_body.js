// What the body uses of the loader. It is handed over and not bundled twice; `body/from_loader.js` takes it.
import { add, doc, drawing, h, out, press, styles, wear } from "./dom.js";
import { frame, hasWays, round, ways } from "./fallback_panel.js";
import { active, shell } from "./host.js";
import { entry } from "./storage.js";
import { request } from "./request.js";
import { siteUrl } from "./settings.js";
import { fits, read } from "./token.js";
import { direction } from "./words.js";

export const lent = { active, add, direction, doc, drawing, entry, fits, frame, h, hasWays, out, press, read, request, round, shell, siteUrl, styles, ways, wear };
