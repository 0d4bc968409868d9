import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { Signpost, useSignpost } from "@signpost/widget/react";

const token = () => fetch("/me/signpost-token").then((answer) => answer.text());

function Help() {
  const { contact, state } = useSignpost();
  return (
    <button type="button" onClick={() => contact({ subject: "My order" })}>
      Help {state.unread > 0 && <span>{state.unread}</span>}
    </button>
  );
}

createRoot(document.getElementById("root")!).render(
  <StrictMode>
    <Help />
    <Signpost
      host="https://help.example.com"
      site="shop"
      identity={token}
      attributes={{ plan: "pro", orders: 3 }}
      tags={["checkout"]}
      onSent={({ reference }) => console.log(reference)}
    />
  </StrictMode>,
);
