// A trap that no role names.
import { createFocusTrap } from "focus-trap";

document.querySelector("#app").innerHTML = `
  <button type="button" id="pay">Pay</button>
  <div id="box" hidden style="position:fixed;inset:100px;background:#fff;padding:24px">
    <h2>Payment</h2><input aria-label="Card">
    <button type="button" data-signpost-open>Get help</button> <button type="button" id="done">Done</button>
  </div>`;
const box = document.querySelector("#box");
const trap = createFocusTrap(box, { onDeactivate: () => { box.hidden = true; } });
document.querySelector("#pay").onclick = () => { box.hidden = false; trap.activate(); };
document.querySelector("#done").onclick = () => trap.deactivate();
