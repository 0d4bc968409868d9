// What some pages want before anything is opened: how many answers are unread, and messages by rule. Fetched by the
// loader only where the page gives a reason: somebody signed in, consent to storage, or messages.
import rules from "../style/notice.css";
import { notices } from "./notices.js";
import { unreadCount } from "./unread.js";

let sheet = null;

export default function openMore(core) {
  const unread = unreadCount(core, unseen);
  const notes = notices(core, wear);
  let button = core.shell?.frame.querySelector(".launcher");

  function wear() {
    core.lent.wear(core.shell.root, sheet ||= core.lent.styles(rules));
  }

  // So many answers the customer has not seen.
  function unseen(count) {
    if (count === core.unread) return;
    core.unread = count;
    core.emit("unread", { count });
    core.speak().catch(() => {}).then(() => { if (button?.isConnected) mark(button); });
  }

  // The loader has made or changed the launcher.
  function mark(launcher) {
    button = launcher;
    const label = button.textContent || core.words.launcher;
    if (core.unread) {
      wear();
      button.dataset.unread = core.unread > 9 ? "9+" : core.unread;
      button.ariaLabel = `${label}, ${(core.words.unread || "{n}").replace("{n}", core.unread)}`;
    } else if ("unread" in button.dataset) {
      delete button.dataset.unread;
      button.ariaLabel = button.textContent ? null : label;
    }
  }

  return {
    mark, unseen,
    changed() {
      unread.changed();
      notes.changed();
    },
    stop() {
      core.unread = 0;
      unread.stop();
      notes.stop();
    },
  };
}
