import { createRoot } from "react-dom/client";
import { BrowserRouter, Link, Route, Routes } from "react-router";

createRoot(document.querySelector("#app")).render(
  <BrowserRouter basename="/case">
    <nav><Link to="/">Home</Link> <Link to="/support">Support</Link> <Link to="/elsewhere" data-signpost-open="contact">Write to us</Link></nav>
    <Routes>
      <Route path="support" element={<><h1>Support</h1><signpost-widget /></>} />
      <Route path="elsewhere" element={<h1>Elsewhere</h1>} />
      <Route path="*" element={<><h1>Home</h1><form><label>Subject <input name="subject" data-signpost-suggest="" /></label></form></>} />
    </Routes>
  </BrowserRouter>,
);
