import { CompletionContext } from "@codemirror/autocomplete";
import { EditorState } from "@codemirror/state";
import { expect, test } from "vitest";
import { completeBySchema, pathAbove, schemaAt } from "./schema-hints.ts";

const schema = {
  properties: {
    replicas: { type: "integer", default: 1, description: "How many pods." },
    image: { type: "object", properties: { tag: { type: "string" }, pull: { enum: ["Always", "Never"] } } },
  },
};

/** `|` is the cursor. */
const offered = (text: string, explicit = true): string[] | null => {
  const pos = text.indexOf("|");
  const state = EditorState.create({ doc: text.replace("|", "") });
  const result = completeBySchema(() => schema)(new CompletionContext(state, pos, explicit));
  return result === null ? null : result.options.map(({ label }) => label);
};

test("names of the chart's schema are offered where they belong", () => {
  expect(offered("|")).toEqual(["replicas", "image"]);
  expect(offered("replicas: 2\nimage:\n  ta|")).toEqual(["tag", "pull"]);
  expect(offered("image:\n  tag: x\nrep|")).toEqual(["replicas", "image"]);
  expect(offered("other:\n  x|")).toBeNull();
  expect(offered("|", false)).toBeNull();
});

test("values that the schema allows are offered, others are left alone", () => {
  expect(offered("image:\n  pull: A|")).toEqual(["Always", "Never"]);
  expect(offered("image:\n  tag: v|")).toBeNull();
  expect(offered("image: {tag: |")).toBeNull();
});

test("the maps above a line are found by their indentation", () => {
  expect(pathAbove(["a:", "  b:", "    c: 1", "  d: 2"], 4)).toEqual(["a", "d"]);
  expect(pathAbove(["a:", "", "# note", "  b:"], 4)).toEqual(["a", "b"]);
  expect(schemaAt(schema, ["image", "constructor"])).toBeNull();
});
