import { access, constants } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { createClient } from "@keyroll/sdk";
import { KeyrollError } from "@keyroll/contract/errors";
import type { Verb } from "../command.ts";
import type { Context } from "../context.ts";
import { toKeyrollError } from "../failure.ts";
import { findLink } from "../link-file.ts";
import { profilePath, readProfile } from "../profile.ts";

interface Finding {
  readonly what: string;
  readonly ok: boolean;
  readonly message: string;
  readonly next: string | null;
  readonly exit: number;
}

const helmPath = async (env: Context["env"]): Promise<string | null> => {
  const named = env["KEYROLL_HELM"] ?? "";
  const places = named === "" ? (env["PATH"] ?? "").split(delimiter).map((folder) => join(folder, "helm")) : [named];
  for (const place of places) {
    const there = await access(place, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (there) return place;
  }
  return null;
};

/** How the cluster keeps the environment's Secret, as the last check saw it; nothing where there is neither. */
const encryptionOf = async (context: Context): Promise<Finding[]> => {
  const environment = await context
    .place()
    .then(async ({ app, env }) => await (await context.client()).call("environments.get", { params: { app, env } }))
    .then(
      (answer) => answer.environment,
      // Whatever it was has been said of the server, the login or the place.
      () => null,
    );
  if (environment === null || environment.secretName === null) return [];
  const { encryption, connection, namespace } = environment;
  const again = `keyroll connection check ${connection} --namespace ${namespace ?? "default"}`;
  if (encryption === null)
    return [{ what: "encryption", ok: false, message: "Nobody has looked at it yet.", next: again, exit: 0 }];
  const { state, message, label, next, checkedAt } = encryption;
  const seen = `${label} (looked at ${new Date(checkedAt).toISOString().slice(0, 10)}). ${message}`;
  const isGood = state === "verified" || state === "declared";
  return [{ what: "encryption", ok: isGood, message: seen, next: isGood ? null : (next ?? again), exit: 0 }];
};

/** Each thing that commands need, tried one after the other. */
const examine = async (context: Context): Promise<Finding[]> => {
  const found: Finding[] = [];
  const attempt = async (what: string, how: () => Promise<string>): Promise<void> => {
    try {
      found.push({ what, ok: true, message: await how(), next: null, exit: 0 });
    } catch (thrown) {
      const error = toKeyrollError(thrown);
      found.push({ what, ok: false, message: error.message, next: error.next, exit: error.exit });
    }
  };
  await attempt("program", () => Promise.resolve(`Node ${process.version}`));
  await attempt("profile", async () => {
    const { servers } = await readProfile(context.env);
    return `${profilePath(context.env)} knows ${Object.keys(servers).length} servers`;
  });
  await attempt("server", async () => {
    const { url } = await context.server();
    const { version, sealed } = await createClient({ url, timeout: 10_000 }).call("access.me");
    if (sealed) throw new KeyrollError("sealed", `${url} (${version}) is sealed: it has no master key.`);
    return version === "" ? url : `${url}, version ${version}`;
  });
  await attempt("login", async () => {
    const client = await context.client();
    const { me } = await client.call("access.me");
    if (me === null) throw new KeyrollError("not_signed_in", "The token is not accepted (revoked or expired).");
    return `${me.name} (${me.role})`;
  });
  await attempt("place", async () => {
    const link = await findLink(context.cwd);
    const { app, env } = await context.place();
    return `${app} / ${env}${link === null ? "" : ` (${link.path})`}`;
  });
  found.push(...(await encryptionOf(context)));
  await attempt("helm", async () => {
    const path = await helmPath(context.env);
    if (path !== null) return path;
    throw new KeyrollError("bad_request", "There is no helm; only `keyroll preflight --chart` needs it here.", {
      next: "Install Helm, or name it by KEYROLL_HELM.",
    });
  });
  return found;
};

/** Optional here; the rest decides the exit code. */
const optional = new Set(["place", "encryption", "helm"]);

export const doctor: Verb = (command, act) => {
  command.action(
    act(async (context) => {
      const found = await examine(context);
      if (context.globals.json === true)
        context.json({ findings: found.map(({ what, ok, message, next }) => ({ what, ok, message, next })) });
      else {
        for (const { what, ok, message, next } of found) {
          context.out(`${ok ? "ok  " : optional.has(what) ? "note" : "FAIL"}  ${what}: ${message}\n`);
          if (next !== null) context.out(`      ${next}\n`);
        }
      }
      return found.find(({ what, ok }) => !ok && !optional.has(what))?.exit ?? 0;
    }),
  );
};
