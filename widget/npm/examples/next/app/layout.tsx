import type { ReactNode } from "react";
import { Signpost } from "@signpost/widget/react";

export default function Layout({ children }: { children: ReactNode }) {
  return (
    <html lang="en">
      <body>
        {children}
        <Signpost host="https://help.example.com" site="shop" />
      </body>
    </html>
  );
}
