import type { Completion, CompletionContext, CompletionResult } from "@codemirror/autocomplete";

/** A JSON Schema, as far as hints read it. */
export interface ValuesSchema {
  readonly type?: unknown;
  readonly title?: unknown;
  readonly description?: unknown;
  readonly properties?: unknown;
  readonly enum?: unknown;
  readonly default?: unknown;
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const lineOf = /^(\s*)(?:- )?([\w.-]+):/u;

/** Names of the maps around a line, by indentation: `image` above `  tag: x`. */
export const pathAbove = (lines: readonly string[], indent: number): string[] => {
  const path: string[] = [];
  let below = indent;
  for (const line of lines.toReversed()) {
    const [, space = "", name = ""] = lineOf.exec(line) ?? [];
    if (name === "" || space.length >= below) continue;
    path.unshift(name);
    below = space.length;
    if (below === 0) break;
  }
  return path;
};

/** The part of the schema that describes a path; null: it says nothing of it. */
export const schemaAt = (schema: ValuesSchema | null, path: readonly string[]): ValuesSchema | null => {
  let here: unknown = schema;
  for (const name of path) {
    const properties: unknown = isRecord(here) ? here["properties"] : undefined;
    here = isRecord(properties) && Object.hasOwn(properties, name) ? properties[name] : undefined;
  }
  return isRecord(here) ? here : null;
};

const textOf = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));

const names = (schema: ValuesSchema): Completion[] =>
  Object.entries(isRecord(schema.properties) ? schema.properties : {}).map(([name, inner]) => {
    const one: ValuesSchema = isRecord(inner) ? inner : {};
    const more = one.default === undefined ? "" : ` Default: ${textOf(one.default)}`;
    const info = `${typeof one.description === "string" ? one.description : ""}${more}`.trim();
    return {
      label: name,
      type: "property",
      apply: isRecord(one.properties) ? `${name}:` : `${name}: `,
      ...(typeof one.type === "string" ? { detail: one.type } : {}),
      ...(info === "" ? {} : { info }),
    };
  });

/** Offers the names that the chart's schema has at the place of the cursor, or the values that it allows there. */
export const completeBySchema =
  (schema: () => ValuesSchema | null) =>
  (context: CompletionContext): CompletionResult | null => {
    const line = context.state.doc.lineAt(context.pos);
    const before = line.text.slice(0, context.pos - line.from);
    const above = context.state.doc.sliceString(0, line.from).split("\n");
    const value = /^(\s*)(?:- )?([\w.-]+):\s+(\S*)$/u.exec(before);
    if (value !== null) {
      const [, space = "", name = "", typed = ""] = value;
      const allowed = schemaAt(schema(), [...pathAbove(above, space.length), name])?.enum;
      if (!Array.isArray(allowed)) return null;
      return {
        from: context.pos - typed.length,
        options: allowed.map((one) => ({ label: textOf(one), type: "enum" })),
      };
    }
    const name = /^(\s*)([\w.-]*)$/u.exec(before);
    if (name === null || (name[2] === "" && !context.explicit)) return null;
    const [, space = "", typed = ""] = name;
    const here = schemaAt(schema(), pathAbove(above, space.length));
    return here === null ? null : { from: context.pos - typed.length, options: names(here) };
  };
