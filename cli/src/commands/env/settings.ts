import type { BodyOf, Routes } from "@keyroll/contract";
import { KeyrollError } from "@keyroll/contract/errors";
import { nearest } from "@keyroll/pairs";

export type Settings = NonNullable<BodyOf<Routes["environments.update"]>["settings"]>;

const kinds = {
  restart: "text",
  onSave: "switch",
  onFailure: "text",
  stragglers: "text",
  timeoutSeconds: "figure",
  crashGraceSeconds: "figure",
  settleSeconds: "figure",
  failFast: "switch",
  createNamespace: "switch",
  drift: "text",
} as const;

const isKnown = (name: string): name is keyof typeof kinds => Object.hasOwn(kinds, name);

/** `restart=auto onSave=true timeoutSeconds=600`; which words are allowed is the server's to say. */
export const readSettings = (pairs: readonly string[]): Settings => {
  const settings: Record<string, string | number | boolean> = {};
  for (const pair of pairs) {
    const at = pair.indexOf("=");
    const name = at === -1 ? pair : pair.slice(0, at);
    const value = at === -1 ? "" : pair.slice(at + 1);
    const fail = (message: string, next: string): KeyrollError =>
      new KeyrollError("bad_request", message, { field: `settings.${name}`, next });
    if (!isKnown(name)) {
      const near = nearest(name, Object.keys(kinds));
      throw fail(
        `There is no setting \`${name}\`${near === null ? "" : `; did you mean \`${near}\`?`}`,
        `Settings: ${Object.keys(kinds).join(", ")}.`,
      );
    }
    if (at === -1) throw fail(`--set ${name} needs a value.`, `Write --set ${name}=…`);
    if (kinds[name] === "switch") {
      if (value !== "true" && value !== "false") throw fail(`${name} is true or false.`, `Write --set ${name}=true.`);
      settings[name] = value === "true";
    } else if (kinds[name] === "figure") {
      if (!/^\d+$/u.test(value)) throw fail(`${name} is a number of seconds.`, `Write --set ${name}=60.`);
      settings[name] = Number(value);
    } else settings[name] = value;
  }
  return settings;
};
