import { z } from "zod";

/** Names of apps and environments (product: "Limits and answers to bad input"). */
export const name = z
  .string()
  .regex(
    /^(?!aws|ssm)[a-z][a-z0-9-]{0,37}[a-z0-9]$/u,
    "2 to 39 characters: a-z, 0-9 and -, beginning with a letter, not ending with -, not beginning with aws or ssm",
  );

/** Names of Kubernetes namespaces and Helm releases (RFC 1123 label; Helm allows 53). */
export const label = (most: number) =>
  z
    .string()
    .max(most)
    .regex(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/u, "a-z, 0-9 and -, beginning and ending with a letter or digit");

/** A Secret's name (RFC 1123 subdomain). */
export const secretName = z
  .string()
  .max(253)
  .regex(/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/u, "a-z, 0-9, - and ., beginning and ending with a letter or digit");

export const id = z.string().min(1).max(64);
export const title = z.string().trim().min(1).max(100);
export const note = z.string().trim().max(2000);
/** Milliseconds since the epoch. */
export const time = z.number().int();
/** 0 = nothing saved yet. */
export const revision = z.number().int().min(0);

/** A value in JSON: text, or bytes as base64 (flagged binary). */
export const value = z.union([z.string(), z.strictObject({ base64: z.base64() })]);

/** A key as somebody types it; the rules for keys answer more precisely (`pairs`). */
export const key = z.string().min(1).max(300);

const isObject = (given: unknown): boolean => typeof given === "object" && given !== null && !Array.isArray(given);

/** One for each key. `__proto__` is a key as good as any: `z.record` would drop it without a word. */
export const byKey = <T extends z.ZodType>(one: T) =>
  z
    .custom<Readonly<Record<string, z.input<T>>>>(isObject, "an object, by key")
    .transform((given, context): Readonly<Record<string, z.output<T>>> => {
      const entries: [string, z.output<T>][] = [];
      for (const [name, input] of Object.entries(given)) {
        const parsed = one.safeParse(input);
        const issues = [...(key.safeParse(name).error?.issues ?? []), ...(parsed.error?.issues ?? [])];
        for (const { message, path } of issues) context.addIssue({ code: "custom", message, path: [name, ...path] });
        if (parsed.success) entries.push([name, parsed.data]);
      }
      return Object.fromEntries(entries);
    })
    .meta({
      type: "object",
      propertyNames: { type: "string", minLength: 1, maxLength: 300 },
      additionalProperties: z.toJSONSchema(one, { io: "input", unrepresentable: "any" }),
    });

/** Where a key's saved value is now (product: "Life of a value"). */
export const keyState = z.enum(["not-deployed", "saved", "in-cluster", "running", "removed"]);

/** Every list: `limit` and an opaque `cursor`. */
export const page = z.object({
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().max(200).optional(),
});

/** A list's answer; `next` is the cursor of the following page. */
export const listOf = <T extends z.ZodType>(item: T) => z.object({ items: z.array(item), next: z.string().nullable() });

/** How the cluster keeps a Secret, as it was last looked at (`connections.check`). */
export const encryption = z.object({
  state: z.enum(["verified", "declared", "not-encrypted", "unknown"]),
  label: z.string().describe('in a few words, such as "verified, KMS v2 (vault)"'),
  message: z.string().describe("what it rests on"),
  next: z.string().nullable(),
  checkedAt: time,
});

export const nothing = z.object({});

export const reason = z.string().trim().max(500).describe("why; a browser session must say it in production");
