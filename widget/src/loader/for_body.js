// What the body uses of the loader. It is handed over and not bundled twice; `body/from_loader.js` takes it.
import { add, doc, drawing, h, press, styles } from "./dom.js";
import { hasWays, round, ways, wear } from "./fallback_panel.js";
import { active, shell } from "./host.js";
import { request } from "./request.js";
import { siteUrl } from "./settings.js";
import { direction } from "./words.js";

export const lent = { active, add, direction, doc, drawing, h, hasWays, press, request, round, shell, siteUrl, styles, ways, wear };
