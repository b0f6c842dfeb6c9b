import { KeyrollError } from "@keyroll/contract/errors";
import type { CheckFinding, StoreHost } from "../../../ports/secret-store.ts";
import { clientOf, type VaultClient } from "./client.ts";
import { ageing, endOf, isSwapLost, pathOf, requireVersion2 } from "./documents.ts";
import type { VaultSettings } from "./settings.ts";

type Step = readonly [id: string, what: string, attempt: () => Promise<string>];

const tried = async ([id, what, attempt]: Step, required = true): Promise<CheckFinding> => {
  try {
    return { id, what, ok: true, required, message: await attempt(), next: null };
  } catch (error) {
    if (!(error instanceof KeyrollError)) throw error;
    return { id, what, ok: false, required, message: error.message, next: error.next };
  }
};

const days = (milliseconds: number): string => `${Math.round(milliseconds / 43_200_000)} days`;

/** Each right by using it, on a document that holds nothing and is removed again. */
const rightsOf = (client: VaultClient, settings: VaultSettings, probe: string): readonly Step[] => {
  const at = (part: string): string => `${settings.mount}/${part}/${pathOf(settings, "keyroll-check", probe)}`;
  const use = async (method: "GET" | "POST" | "DELETE", part: string, body?: object): Promise<string> => {
    const { status } = await client.ask(method, at(part), body);
    if (status < 300) return `It works on \`${at(part)}\`.`;
    throw new KeyrollError("provider_denied", `${method} \`${at(part)}\` is answered with ${status}.`);
  };
  return [
    ["versions", "set how many versions are kept", async () => await use("POST", "metadata", { cas_required: true })],
    ["write", "write a document", async () => await use("POST", "data", { data: {}, options: { cas: 0 } })],
    [
      "compare-and-swap",
      "refuse a stale write",
      async () => {
        const answer = await client.ask("POST", at("data"), { data: {}, options: { cas: 0 } });
        if (isSwapLost(answer)) return "A write against an old version is refused.";
        throw new KeyrollError("provider_denied", `A write against an old version is answered with ${answer.status}.`);
      },
    ],
    ["read", "read a document", async () => await use("GET", "data")],
    [
      "keep",
      "keep what is saved",
      async () => {
        const { body } = await client.ask("GET", at("data"));
        const { metadata } = (body as { data?: { metadata?: Record<string, unknown> } } | null)?.data ?? {};
        const end = endOf(metadata ?? {});
        if (end !== null) throw ageing(settings.mount, end);
        return "No version is deleted by its age.";
      },
    ],
    ["history", "list its versions", async () => await use("GET", "metadata")],
    ["delete", "delete a version", async () => await use("POST", "delete", { versions: [1] })],
    ["destroy", "destroy a version", async () => await use("POST", "destroy", { versions: [1] })],
    ["remove", "remove a document", async () => await use("DELETE", "metadata")],
  ];
};

/** Address, login, engine and every right, each tried; what a failed one makes pointless is left out. */
export const check = async (settings: VaultSettings, host: StoreHost): Promise<readonly CheckFinding[]> => {
  const { protocol, hostname } = new URL(settings.address);
  const isPrivate = protocol === "https:" || /^(localhost|127\.[\d.]+|\[::1\])$/u.test(hostname);
  const encrypted: CheckFinding = {
    id: "encrypted",
    what: "the way there",
    ok: isPrivate,
    required: false,
    message: isPrivate
      ? "Nobody on the way reads along."
      : "Values and the token go over plain http: whoever is on the way reads them.",
    next: isPrivate ? null : "Use an https address.",
  };
  let client: VaultClient | null = null;
  const login = await tried([
    "login",
    `sign in (${settings.auth})`,
    async () => {
      client = clientOf(settings, host);
      const { lasts, renewAfter } = await client.signIn();
      if (settings.auth !== "token") return lasts === null ? "Signed in." : "Signed in; the token is replaced in time.";
      return renewAfter === null
        ? "The token is accepted; it is not renewed."
        : `The token is accepted; it must be used once in ${days(renewAfter)} to be renewed.`;
    },
  ]);
  if (client === null || !login.ok) return [encrypted, login];
  const signedIn: VaultClient = client;
  const engine = await tried([
    "engine",
    "the KV engine",
    async () => {
      await requireVersion2(signedIn, settings);
      return `\`${settings.mount}\` is KV version 2.`;
    },
  ]);
  if (!engine.ok) return [encrypted, login, engine];
  const findings = [encrypted, login, engine];
  for (const step of rightsOf(signedIn, settings, host.random.id())) findings.push(await tried(step));
  return findings;
};
