import { Dialog, DialogPanel, DialogTitle } from "@headlessui/react";
import { useState } from "react";
import { createRoot } from "react-dom/client";

function Page() {
  const [open, setOpen] = useState(false);
  return (
    <>
      <button type="button" onClick={() => setOpen(true)}>Pay</button>
      <Dialog open={open} onClose={setOpen}>
        <div style={{ position: "fixed", inset: 0, background: "rgb(0 0 0 / .5)" }}>
          <DialogPanel style={{ margin: "100px auto", inlineSize: 400, background: "#fff", padding: 24 }}>
            <DialogTitle>Payment</DialogTitle>
            <input aria-label="Card" />
            <button type="button" data-signpost-open="">Get help</button>
            <button type="button" onClick={() => setOpen(false)}>Done</button>
          </DialogPanel>
        </div>
      </Dialog>
    </>
  );
}

createRoot(document.querySelector("#app")).render(<Page />);
