import { autocompletion, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { yaml } from "@codemirror/lang-yaml";
import { bracketMatching, HighlightStyle, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { lintGutter, setDiagnostics, type Diagnostic } from "@codemirror/lint";
import { highlightSelectionMatches, searchKeymap } from "@codemirror/search";
import { EditorState } from "@codemirror/state";
import { drawSelection, EditorView, highlightActiveLine, keymap, lineNumbers } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { useEffect, useRef } from "react";
import { completeBySchema, type ValuesSchema } from "./schema-hints.ts";

/** Something to see at a line, counted from 1. */
export interface Mark {
  readonly line: number;
  readonly severity: "error" | "warning";
  readonly message: string;
}

interface YamlEditorProps {
  readonly label: string;
  readonly text: string;
  readonly schema: ValuesSchema | null;
  readonly marks: readonly Mark[];
  readonly readOnly?: boolean;
  readonly onChange: (text: string) => void;
  readonly onSave: () => void;
}

const look = EditorView.theme({
  "&": { color: "var(--text)", backgroundColor: "var(--surface)", fontSize: "var(--text-base)" },
  ".cm-content": { fontFamily: "var(--mono)", caretColor: "var(--text)", minHeight: "16rem" },
  ".cm-gutters": {
    minHeight: "16rem",
    color: "var(--quiet)",
    backgroundColor: "var(--ground)",
    borderRight: "1px solid var(--line)",
  },
  ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "var(--hover)" },
  "&.cm-focused": { outline: "2px solid var(--accent)" },
  "&.cm-focused .cm-selectionBackground, .cm-selectionBackground": {
    backgroundColor: "var(--accent-ground) !important",
  },
  ".cm-cursor": { borderLeftColor: "var(--text)" },
  ".cm-tooltip": { color: "var(--text)", backgroundColor: "var(--raised)", border: "1px solid var(--edge)" },
  ".cm-tooltip-autocomplete ul li[aria-selected]": { color: "var(--on-accent)", backgroundColor: "var(--accent)" },
  // CodeMirror's own marks are images in data: addresses, which the page's policy does not load.
  "& .cm-lintRange.cm-lintRange-error": { backgroundImage: "none", textDecoration: "underline wavy var(--bad)" },
  "& .cm-lintRange.cm-lintRange-warning": { backgroundImage: "none", textDecoration: "underline wavy var(--warn)" },
  "& .cm-lint-marker.cm-lint-marker-error": { content: "normal", borderRadius: "50%", backgroundColor: "var(--bad)" },
  "& .cm-lint-marker.cm-lint-marker-warning": { content: "normal", backgroundColor: "var(--warn)" },
  ".cm-panels": { color: "var(--text)", backgroundColor: "var(--surface)" },
});

const colours = HighlightStyle.define([
  { tag: tags.propertyName, color: "var(--accent)" },
  { tag: [tags.comment, tags.lineComment], color: "var(--quiet)" },
  { tag: [tags.string, tags.special(tags.string)], color: "var(--good)" },
  { tag: [tags.number, tags.bool, tags.null], color: "var(--warn)" },
]);

const diagnosticsOf = (state: EditorState, marks: readonly Mark[]): Diagnostic[] =>
  marks
    .filter(({ line }) => line >= 1 && line <= state.doc.lines)
    .map(({ line, severity, message }) => {
      const { from, to } = state.doc.line(line);
      return { from, to, severity, message };
    });

/**
 * YAML with line numbers, search, names of the chart's schema (Ctrl+Space) and marks at lines. It lives in a shadow
 * root: there its styles are constructed sheets, which the page's policy allows; a `<style>` element it does not.
 */
export const YamlEditor = ({ label, text, schema, marks, readOnly = false, onChange, onSave }: YamlEditorProps) => {
  const place = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  const now = useRef({ schema, onChange, onSave });
  useEffect(() => {
    now.current = { schema, onChange, onSave };
  });
  useEffect(() => {
    const element = place.current;
    if (element === null) return undefined;
    const root = element.shadowRoot ?? element.attachShadow({ mode: "open" });
    const save = { key: "Mod-s", preventDefault: true, run: () => (now.current.onSave(), true) };
    const editor = new EditorView({
      root,
      parent: root,
      state: EditorState.create({
        doc: "",
        extensions: [
          lineNumbers(),
          lintGutter(),
          history(),
          drawSelection(),
          bracketMatching(),
          highlightActiveLine(),
          highlightSelectionMatches(),
          indentUnit.of("  "),
          yaml(),
          syntaxHighlighting(colours),
          look,
          autocompletion({ override: [completeBySchema(() => now.current.schema)] }),
          // Tab indents; Escape before it leaves the editor, as CodeMirror's own default has it.
          keymap.of([save, ...completionKeymap, ...searchKeymap, ...historyKeymap, ...defaultKeymap, indentWithTab]),
          EditorView.contentAttributes.of({ "aria-label": label, spellcheck: "false", autocorrect: "off" }),
          EditorState.readOnly.of(readOnly),
          EditorView.updateListener.of((update) => {
            if (update.docChanged) now.current.onChange(update.state.doc.toString());
          }),
        ],
      }),
    });
    view.current = editor;
    return () => {
      editor.destroy();
      view.current = null;
    };
  }, [label, readOnly]);
  useEffect(() => {
    const editor = view.current;
    if (editor !== null && editor.state.doc.toString() !== text)
      editor.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: text } });
  }, [text, label, readOnly]);
  useEffect(() => {
    const editor = view.current;
    if (editor !== null) editor.dispatch(setDiagnostics(editor.state, diagnosticsOf(editor.state, marks)));
  }, [marks, text]);
  return <div ref={place} className="yaml-editor" />;
};
