import { Button, Dialog, DialogTrigger, Heading, Modal, ModalOverlay } from "react-aria-components";
import { createRoot } from "react-dom/client";

createRoot(document.querySelector("#app")).render(
  <DialogTrigger>
    <Button>Pay</Button>
    <ModalOverlay isDismissable style={{ position: "fixed", inset: 0, background: "rgb(0 0 0 / .5)" }}>
      <Modal style={{ margin: "100px auto", inlineSize: 400, background: "#fff", padding: 24 }}>
        <Dialog>
          <Heading slot="title">Payment</Heading>
          <input aria-label="Card" />
          <button type="button" data-signpost-open="">Get help</button>
          <Button slot="close">Done</Button>
        </Dialog>
      </Modal>
    </ModalOverlay>
  </DialogTrigger>,
);
