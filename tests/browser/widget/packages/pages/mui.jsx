import Button from "@mui/material/Button";
import Dialog from "@mui/material/Dialog";
import DialogContent from "@mui/material/DialogContent";
import DialogTitle from "@mui/material/DialogTitle";
import { useState } from "react";
import { createRoot } from "react-dom/client";

function Page() {
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button onClick={() => setOpen(true)}>Pay</Button>
      <Dialog open={open} onClose={() => setOpen(false)} keepMounted>
        <DialogTitle>Payment</DialogTitle>
        <DialogContent>
          <input aria-label="Card" />
          <button type="button" data-signpost-open="">Get help</button>
          <Button onClick={() => setOpen(false)}>Done</Button>
        </DialogContent>
      </Dialog>
    </>
  );
}

createRoot(document.querySelector("#app")).render(<Page />);
