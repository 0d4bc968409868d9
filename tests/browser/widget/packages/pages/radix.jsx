// As shadcn/ui has it: the content is moved by a transform.
import * as Dialog from "@radix-ui/react-dialog";
import { createRoot } from "react-dom/client";

createRoot(document.querySelector("#app")).render(
  <Dialog.Root>
    <Dialog.Trigger>Pay</Dialog.Trigger>
    <Dialog.Portal>
      <Dialog.Overlay style={{ position: "fixed", inset: 0, background: "rgb(0 0 0 / .5)" }} />
      <Dialog.Content aria-describedby={undefined} style={{ position: "fixed", top: "50%", left: "50%", transform: "translate(-50%, -50%)", background: "#fff", padding: 24 }}>
        <Dialog.Title>Payment</Dialog.Title>
        <input aria-label="Card" />
        <button type="button" data-signpost-open="">Get help</button>
        <Dialog.Close>Done</Dialog.Close>
      </Dialog.Content>
    </Dialog.Portal>
  </Dialog.Root>,
);
