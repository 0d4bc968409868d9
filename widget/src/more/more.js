// What some pages want before anything is opened: how many answers are unread, and messages by rule. Fetched by the
// loader only where there is a reason: somebody signed in, requests kept on this device, or messages of the page.
import { notices } from "./notices.js";
import { unreadCount } from "./unread.js";

export default function openMore(core) {
  const unread = unreadCount(core);
  const notes = notices(core);
  return {
    changed() {
      unread.changed();
      notes.changed();
    },
    stop() {
      unread.stop();
      notes.stop();
    },
  };
}
