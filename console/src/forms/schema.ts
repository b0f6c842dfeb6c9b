/** One field of a form that is made from a JSON Schema. */
export interface SchemaField {
  readonly name: string;
  readonly label: string;
  readonly hint: string;
  readonly kind: "text" | "number" | "boolean" | "choice";
  readonly choices: readonly string[];
  readonly required: boolean;
  /** What the server takes when nothing is given. */
  readonly initial: string;
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const text = (value: unknown): string => (typeof value === "string" ? value : "");
const plain = (value: unknown): string =>
  typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? String(value) : "";

/** `kmsKeyId` -> "kms key id": a schema without titles still has names that can be read. */
const words = (name: string): string =>
  name
    .replaceAll(/([a-z])([A-Z])/gu, "$1 $2")
    .toLowerCase()
    .replace(/^\w/u, (first) => first.toUpperCase());

const kindOf = (property: Readonly<Record<string, unknown>>, choices: readonly string[]): SchemaField["kind"] => {
  if (choices.length > 0) return "choice";
  if (property["type"] === "boolean") return "boolean";
  return property["type"] === "integer" || property["type"] === "number" ? "number" : "text";
};

/** The fields of a flat object schema, in its order. What it cannot show (nested objects, lists) is left out. */
export const fieldsOf = (schema: unknown): SchemaField[] => {
  if (!isRecord(schema) || !isRecord(schema["properties"])) return [];
  const required = Array.isArray(schema["required"]) ? schema["required"] : [];
  return Object.entries(schema["properties"]).flatMap(([name, property]) => {
    if (!isRecord(property) || property["type"] === "object" || property["type"] === "array") return [];
    const choices = Array.isArray(property["enum"]) ? property["enum"].filter((one) => typeof one === "string") : [];
    const title = text(property["title"]);
    return [
      {
        name,
        label: title === "" ? words(name) : title,
        hint: text(property["description"]),
        kind: kindOf(property, choices),
        choices,
        // A default makes a value that zod lists as required one that may be left out.
        required: required.includes(name) && property["default"] === undefined,
        initial: plain(property["default"]),
      },
    ];
  });
};

export type Setting = string | number | boolean;

/** What was typed as the settings that the server takes; what is empty is left out. */
export const settingsOf = (
  fields: readonly SchemaField[],
  typed: Readonly<Record<string, string>>,
): Record<string, Setting> => {
  const settings: Record<string, Setting> = {};
  for (const { name, kind, initial } of fields) {
    const given = typed[name] ?? initial;
    if (given === "") continue;
    settings[name] = kind === "number" ? Number(given) : kind === "boolean" ? given === "true" : given;
  }
  return settings;
};
