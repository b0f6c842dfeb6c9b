import { z } from "zod";
import { logins } from "./login.ts";

const path = (what: string) =>
  z
    .string()
    .regex(/^[\w.-]+(\/[\w.-]+)*$/u, `${what}, such as \`keyroll\` or \`team/keyroll\`, without a slash around it`)
    // In an address these lead elsewhere: to another engine, or out of all of them.
    .regex(/^(?!(.*\/)?\.{1,2}(\/|$))/u, `${what} without the parts \`.\` and \`..\``);

/** Those that sign in as a role, with a token of somebody else's. */
const withRole: readonly string[] = ["kubernetes", "jwt"] satisfies (keyof typeof logins)[];

/** What a connection says of its Vault. No credential: those are variables of the server's process. */
const fields = z.strictObject({
  address: z
    .url({ protocol: /^https?$/u, error: "an http(s) address, such as https://vault.example.com:8200" })
    .refine((text) => {
      // What is no address at all has been told already.
      if (!URL.canParse(text)) return true;
      const url = new URL(text);
      return url.username === "" && url.password === "" && url.search === "" && url.hash === "";
    }, "an address without a name, a password, a query or a fragment"),
  /** Where KV version 2 is mounted. */
  mount: path("the mount of a KV version 2 engine").default("secret"),
  /** Below it, app and environment follow. */
  prefix: path("a path").default("keyroll"),
  namespace: path("a namespace").optional(),
  auth: z.enum(Object.keys(logins) as (keyof typeof logins)[]).default("token"),
  /** Where the auth method is mounted, when not at its own name. */
  authMount: path("the mount of the auth method").optional(),
  /** The role that `kubernetes` and `jwt` sign in as; jwt without it takes the mount's default role. */
  role: z
    .string()
    .regex(/^[\w.-]{1,200}$/u, "the name of a role: letters, digits and _.-")
    .optional(),
  /** Certificates (PEM) that the server's certificate is signed with, when they are not the system's. */
  ca: z.string().includes("BEGIN CERTIFICATE", { error: "certificates in PEM form" }).optional(),
});

export const settings = fields.superRefine(({ auth, role }, context) => {
  if (auth === "kubernetes" && role === undefined)
    context.addIssue({ code: "custom", path: ["role"], message: "kubernetes signs in as a role: name it" });
  if (role !== undefined && !withRole.includes(auth))
    context.addIssue({
      code: "custom",
      path: ["role"],
      message: `${auth} knows no role: leave it out, or set \`auth\``,
    });
});

export type VaultSettings = z.output<typeof settings>;
