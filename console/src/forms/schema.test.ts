import { expect, test } from "vitest";
import { fieldsOf, settingsOf } from "./schema.ts";

const schema = {
  type: "object",
  properties: {
    region: { type: "string", title: "Region", description: "Such as eu-west-1." },
    kmsKeyId: { type: "string" },
    tier: { type: "string", enum: ["standard", "advanced"], default: "standard" },
    maxPerSecond: { type: "integer" },
    dryRun: { type: "boolean" },
    nested: { type: "object" },
  },
  required: ["region", "tier"],
};

test("one field for each simple property, in the schema's order", () => {
  expect(
    fieldsOf(schema).map(({ name, label, kind, required, initial }) => [name, label, kind, required, initial]),
  ).toEqual([
    ["region", "Region", "text", true, ""],
    ["kmsKeyId", "Kms key id", "text", false, ""],
    ["tier", "Tier", "choice", false, "standard"],
    ["maxPerSecond", "Max per second", "number", false, ""],
    ["dryRun", "Dry run", "boolean", false, ""],
  ]);
});

test("what was typed has the schema's types; empty fields are left to the server", () => {
  const fields = fieldsOf(schema);
  expect(settingsOf(fields, { region: "eu-west-1", kmsKeyId: "", maxPerSecond: "3", dryRun: "true" })).toEqual({
    region: "eu-west-1",
    tier: "standard",
    maxPerSecond: 3,
    dryRun: true,
  });
});

test("a store without settings has no fields, and nonsense none either", () => {
  expect(fieldsOf({ type: "object", properties: {}, additionalProperties: false })).toEqual([]);
  expect([null, 3, [], { properties: 1 }].flatMap(fieldsOf)).toEqual([]);
});
