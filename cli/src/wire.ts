import type { Value } from "@keyroll/pairs";

/** A value in the API's JSON: text, or bytes as base64. */
export type WireValue = string | { readonly base64: string };

export const fromWire = (value: WireValue): Value =>
  typeof value === "string" ? value : new Uint8Array(Buffer.from(value.base64, "base64"));

export const toWire = (value: Value): { base64: string } | string =>
  typeof value === "string" ? value : { base64: Buffer.from(value).toString("base64") };

export const valuesOf = (values: Readonly<Record<string, WireValue>>): Map<string, Value> =>
  new Map(Object.entries(values).map(([key, value]) => [key, fromWire(value)]));
