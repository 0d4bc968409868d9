"use client";
import { useSignpost } from "@signpost/widget/react";

export default function Page() {
  const { contact, state } = useSignpost();
  return (
    <main>
      <h1>Your order</h1>
      <button type="button" onClick={() => contact()}>
        Help {state.unread > 0 && <span>{state.unread}</span>}
      </button>
    </main>
  );
}
