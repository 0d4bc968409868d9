// The text editor of the desk: CodeMirror with what an article needs of it. app/static/editor.js uses it, and pages are
// whole without either. Made into app/static/vendor/codemirror.js by `node widget/bundle_editor.js`.
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { defineLanguageFacet, HighlightStyle, Language, syntaxHighlighting } from "@codemirror/language";
import { lintGutter, lintKeymap, setDiagnostics } from "@codemirror/lint";
import { highlightSelectionMatches, openSearchPanel, search, searchKeymap } from "@codemirror/search";
import { EditorState } from "@codemirror/state";
import { drawSelection, EditorView, highlightActiveLine, keymap, lineNumbers } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { GFM, parser } from "@lezer/markdown";

// Not @codemirror/lang-markdown, which brings readers of HTML, CSS and JavaScript along: twice the size.
const MARKDOWN = new Language(defineLanguageFacet({ commentTokens: { block: { open: "<!--", close: "-->" } } }), parser.configure(GFM), [], "markdown");
// What goes on in the next line: a quotation's mark, an item's.
const ITEM = /^([ \t]*(?:>[ \t]?)*)(?:([-*+])([ \t]+)|(\d{1,9})([.)])([ \t]+))?(\[[ xX]\][ \t]+)?/;

const LOOKS = HighlightStyle.define([
  { tag: tags.heading, fontWeight: "700", color: "var(--brand)" },
  { tag: tags.strong, fontWeight: "700" },
  { tag: tags.emphasis, fontStyle: "italic" },
  { tag: tags.strikethrough, textDecoration: "line-through" },
  { tag: [tags.link, tags.url], color: "var(--brand)", textDecoration: "underline" },
  { tag: tags.monospace, fontFamily: "var(--font-mono)" },
  { tag: [tags.processingInstruction, tags.meta, tags.comment, tags.contentSeparator], color: "var(--ink-soft)" },
  { tag: tags.quote, color: "var(--ink-soft)" },
]);

const THEME = EditorView.theme({
  "&": { color: "var(--ink)", backgroundColor: "var(--surface)", fontSize: "1rem", blockSize: "100%" },
  "&.cm-focused": { outline: "3px solid var(--focus)", outlineOffset: "1px" },
  ".cm-scroller": { fontFamily: "inherit", lineHeight: "1.6", overflow: "auto" },
  ".cm-content": { padding: "0.75rem 0", caretColor: "var(--ink)" },
  ".cm-line": { unicodeBidi: "plaintext" }, // Each line in its own direction.
  ".cm-cursor": { borderLeftColor: "var(--ink)", borderLeftWidth: "2px" },
  ".cm-gutters": { backgroundColor: "var(--sunken)", color: "var(--ink-soft)", border: "0" },
  ".cm-activeLine": { backgroundColor: "transparent", boxShadow: "inset 2px 0 0 var(--brand-line)" },
  ".cm-selectionBackground, &.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground": { background: "var(--brand-soft)" },
  ".cm-tooltip, .cm-panels": { backgroundColor: "var(--surface)", color: "var(--ink)", borderColor: "var(--line)" },
  ".cm-panels input, .cm-panels button, .cm-panels label": { font: "inherit", color: "inherit", background: "var(--surface)" },
  ".cm-searchMatch": { backgroundColor: "var(--amber-soft)", outline: "1px solid var(--amber-line)" },
});

// Words outside of tags.
const TEXT = />[^<]*[^\s<][^<]*</;
const STRUCTURE = /<(?:p|li|h[1-6]|table|a|strong|b|em|i|blockquote|pre|img)[\s>]/i;

// An editor in a tree of its own, whose style sheets are objects: pages allow no style element.
export function createEditor({ parent, text, label, phrases = {}, changed, save, pasted, picture, link }) {
  const root = parent.attachShadow({ mode: "open" });
  const view = new EditorView({
    root,
    state: EditorState.create({
      doc: text,
      extensions: [
        history(), drawSelection(), highlightActiveLine(), lineNumbers(), lintGutter(), search({ top: true }),
        highlightSelectionMatches(), EditorView.lineWrapping, MARKDOWN,
        syntaxHighlighting(LOOKS), THEME, EditorState.phrases.of(phrases), EditorView.perLineTextDirection.of(true),
        EditorView.contentAttributes.of({ tabindex: "0", "aria-label": label, spellcheck: "true", autocapitalize: "sentences", autocorrect: "on" }),
        EditorView.domEventHandlers({ paste, drop, dragover }),
        // Tab goes on to the next field: nobody is caught in the text.
        keymap.of([
          { key: "Mod-s", run: () => { save(); return true; }, preventDefault: true },
          { key: "Mod-b", run: () => { wrap("**"); return true; } },
          { key: "Mod-i", run: () => { wrap("*"); return true; } },
          { key: "Mod-k", run: () => { link?.(); return Boolean(link); }, preventDefault: true },
          { key: "Enter", run: nextItem },
          ...defaultKeymap.filter((one) => one.key !== "Mod-i"), ...historyKeymap, ...searchKeymap, ...lintKeymap,
        ]),
        EditorView.updateListener.of((update) => { if (update.docChanged) changed(); }),
      ],
    }),
  });
  root.append(view.dom);

  // What comes with structure becomes Markdown; what has none, or was Markdown before an editor coloured it, stays text.
  function paste(event) {
    const html = event.clipboardData?.getData("text/html");
    const plain = event.clipboardData?.getData("text/plain") ?? "";
    const file = pictureIn(event.clipboardData);
    // A picture that was copied from a page comes with its element; a table that was copied comes with its picture.
    if (file && !plain.trim() && !TEXT.test(html ?? "")) {
      event.preventDefault();
      picture(file);
      return true;
    }
    if (!pasted || !html || !STRUCTURE.test(html)) return false;
    event.preventDefault();
    const put = (text) => view.dispatch({ ...view.state.replaceSelection(text), userEvent: "input.paste", scrollIntoView: true });
    pasted(html).then(put, () => put(plain));
    return true;
  }

  function pictureIn(data) {
    return picture ? [...(data?.files ?? [])].find((one) => one.type.startsWith("image/")) : undefined;
  }

  // A picture that is dropped comes where it was dropped.
  function drop(event) {
    const file = pictureIn(event.dataTransfer);
    if (!file) return false;
    event.preventDefault();
    const at = view.posAtCoords({ x: event.clientX, y: event.clientY });
    if (at !== null) view.dispatch({ selection: { anchor: at } });
    picture(file);
    return true;
  }

  function dragover(event) {
    if (picture && [...(event.dataTransfer?.items ?? [])].some((one) => one.kind === "file" && one.type.startsWith("image/"))) event.preventDefault();
    return false;
  }

  function placed(list) {
    const { doc } = view.state;
    return list.filter((one) => one.line >= 1 && one.line <= doc.lines).map((one) => {
      const line = doc.line(one.line);
      return { from: line.from, to: line.to, severity: one.severity, message: one.message };
    });
  }

  // Enter in a list or quotation goes on with it; in an empty item it ends it.
  function nextItem({ state, dispatch }) {
    const { main } = state.selection;
    const line = state.doc.lineAt(main.from);
    const at = ITEM.exec(line.text);
    if (!main.empty || !at[0].trim() || main.from < line.from + at[0].length) return false;
    if (!line.text.slice(at[0].length).trim()) {
      dispatch({ changes: { from: line.from, to: line.to, insert: "" } });
      return true;
    }
    const item = at[2] ? at[2] + at[3] : at[4] ? `${Number(at[4]) + 1}${at[5]}${at[6]}` : "";
    const insert = `\n${at[1]}${item}${at[7] ? at[7].replace(/[xX]/, " ") : ""}`;
    dispatch({ changes: { from: main.from, insert }, selection: { anchor: main.from + insert.length }, scrollIntoView: true });
    return true;
  }

  // Puts marks around what is selected, or takes them away.
  function wrap(mark) {
    const { from, to } = view.state.selection.main;
    const { doc } = view.state;
    const size = mark.length;
    if (from >= size && doc.sliceString(from - size, from) === mark && doc.sliceString(to, to + size) === mark) {
      view.dispatch({ changes: [{ from: from - size, to: from }, { from: to, to: to + size }], selection: { anchor: from - size, head: to - size } });
    } else {
      view.dispatch({ changes: [{ from, insert: mark }, { from: to, insert: mark }], selection: { anchor: from + size, head: to + size } });
    }
    view.focus();
  }

  // Puts something at the beginning of every selected line, or takes it away where all have it. `#` counts on in a list.
  function prefix(mark) {
    const { doc, selection } = view.state;
    const first = doc.lineAt(selection.main.from).number;
    const last = doc.lineAt(selection.main.to).number;
    const lines = Array.from({ length: last - first + 1 }, (_, n) => doc.line(first + n));
    const marks = lines.map((_, n) => mark.replace("#.", `${n + 1}.`));
    const all = lines.every((line, n) => line.text.startsWith(marks[n]));
    view.dispatch({ changes: lines.map((line, n) => all ? { from: line.from, to: line.from + marks[n].length } : { from: line.from, insert: marks[n] }) });
    view.focus();
  }

  // Puts `before`…`after` around the selection, or around `word`, and selects what is to be typed over.
  function insert(before, word, after, select = word) {
    const { from, to } = view.state.selection.main;
    const middle = view.state.sliceDoc(from, to) || word;
    const made = `${before}${middle}${after}`;
    const at = made.indexOf(select);
    view.dispatch({ changes: { from, to, insert: made }, selection: at < 0 ? { anchor: from + made.length } : { anchor: from + at, head: from + at + select.length } });
    view.focus();
  }

  // Puts something that is a block of its own at the caret: with an empty line on either side.
  function block(text) {
    const { from, to } = view.state.selection.main;
    const { doc } = view.state;
    const before = doc.sliceString(Math.max(0, from - 2), from);
    const after = doc.sliceString(to, to + 2);
    const left = from === 0 || before === "\n\n" ? "" : before.endsWith("\n") ? "\n" : "\n\n";
    const right = to === doc.length ? "\n" : after === "\n\n" ? "" : after.startsWith("\n") ? "\n" : "\n\n";
    const insert = `${left}${text}${right}`;
    view.dispatch({ changes: { from, to, insert }, selection: { anchor: from + insert.length }, scrollIntoView: true });
    view.focus();
  }

  return {
    get text() { return view.state.doc.toString(); },
    set text(value) { view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: value } }); },
    get length() { return view.state.doc.length; },
    get selected() { return view.state.sliceDoc(view.state.selection.main.from, view.state.selection.main.to).slice(0, 200); },
    beginning: (most) => view.state.sliceDoc(0, Math.min(most, view.state.doc.length)),
    wrap, prefix, insert, block,
    focus: () => view.focus(),
    find: () => openSearchPanel(view),
    goTo(number) {
      const line = view.state.doc.line(Math.min(Math.max(number, 1), view.state.doc.lines));
      view.dispatch({ selection: { anchor: line.from }, effects: EditorView.scrollIntoView(line.from, { y: "center" }) });
      view.focus();
    },
    // `lines` are of this text.
    show(list) {
      view.dispatch(setDiagnostics(view.state, placed(list)));
    },
  };
}
