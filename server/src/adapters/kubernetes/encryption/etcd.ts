import { Buffer } from "node:buffer";
import { readFile } from "node:fs/promises";
import { KeyrollError } from "@keyroll/contract/errors";
import { lazyHttp, type Http } from "../../egress/http.ts";

/** How the operator lets Keyroll look into etcd: all four variables `KEYROLL_ETCD_*`, or none. */
export interface EtcdAccess {
  /** https, tried in turn. The operator's own: the egress rules are for what people enter. */
  readonly endpoints: readonly string[];
  readonly caFile: string;
  readonly certFile: string;
  readonly keyFile: string;
}

/** One object as etcd keeps it. */
export interface EtcdValue {
  /** Its beginning, at most as much as was asked for. */
  readonly bytes: Uint8Array;
  /** What the API server calls the object's resourceVersion. */
  readonly revision: string | null;
}

export interface Etcd {
  /**
   * Asks for exactly one key; reads no more of its value than `most` bytes (about: a last piece is dropped).
   * Null: there is no such key.
   * @throws {KeyrollError} `provider_denied`, `provider_unreachable`.
   */
  read(key: string, most: number): Promise<EtcdValue | null>;
  close(): Promise<void>;
}

/** One answer, in milliseconds. */
const deadline = 10_000;
/** Of an answer that holds no value: etcd's headers take some 200 bytes. */
const bareBytes = 65_536;

const fail = (code: "provider_denied" | "provider_unreachable", message: string, next: string, cause?: unknown) =>
  new KeyrollError(code, message, { next, changed: false }, { cause });

const fileOf = async (name: string, path: string): Promise<string> =>
  await readFile(path, "utf8").catch(() => {
    throw fail(
      "provider_denied",
      `The file that ${name} names cannot be read.`,
      "Let the server's user read it, or take the variables KEYROLL_ETCD_* away.",
    );
  });

const nameOf = (error: unknown): string => {
  if (!(error instanceof Error)) return "?";
  if ("code" in error && typeof error.code === "string") return error.code;
  return error.name;
};

/** OpenSSL's and Node's names for "that is not the server that I was told of". */
const untrusted = /CERT|SELF_SIGNED|UNABLE_TO|ISSUER/u;
/** What a server says that does not like our certificate; some only hang up. */
const refused = /ALERT/u;

const unreachable = (host: string, error: unknown): KeyrollError => {
  const reason = nameOf(error);
  if (refused.test(reason))
    return fail(
      "provider_denied",
      `etcd at ${host} refuses the client certificate (${reason}).`,
      "Give one that etcd's --trusted-ca-file has signed, with its key: KEYROLL_ETCD_CERT_FILE, KEYROLL_ETCD_KEY_FILE.",
      error,
    );
  if (untrusted.test(reason))
    return fail(
      "provider_denied",
      `etcd at ${host} shows no certificate of KEYROLL_ETCD_CA_FILE for that name (${reason}).`,
      "Give the CA that signed etcd's server certificate, and a name or address that stands in it.",
      error,
    );
  return fail(
    "provider_unreachable",
    `etcd at ${host} cannot be reached (${reason}).`,
    "Check KEYROLL_ETCD_ENDPOINTS and the network. When etcd only hangs up, check the client certificate.",
    error,
  );
};

const answered = (host: string, status: number): KeyrollError => {
  if (status === 404)
    return fail(
      "provider_denied",
      `etcd at ${host} has no JSON gateway (404).`,
      "Start etcd with --enable-grpc-gateway (its default), and name its client address, not the one for peers or metrics.",
    );
  if (status >= 500)
    return fail("provider_unreachable", `etcd at ${host} answered ${status}.`, "Check etcd's health and try again.");
  return fail(
    "provider_denied",
    `etcd at ${host} refused to read one key (${status}).`,
    "Let the certificate read below /registry/secrets/. Where etcd's own users are switched on, its JSON gateway knows none by certificate.",
  );
};

/** The value's beginning, and the number of its last change, which etcd writes before it. */
const valueIn = (text: string, most: number): EtcdValue | null => {
  const found = /"value"\s*:\s*"([A-Za-z0-9+/=]*)/u.exec(text);
  if (found === null) return null;
  const revision = /"mod_revision"\s*:\s*"?(\d+)/u.exec(text.slice(0, found.index))?.[1] ?? null;
  const whole = (found[1] ?? "").slice(0, Math.ceil(most / 3) * 4);
  return { bytes: Buffer.from(whole, "base64").subarray(0, most), revision };
};

/** Reads until enough of the value is there, and hangs up: the rest of a large Secret never comes here. */
const beginning = async (body: AsyncIterable<Uint8Array>, most: number): Promise<string> => {
  let text = "";
  for await (const chunk of body) {
    text += Buffer.from(chunk).toString("latin1");
    const start = text.search(/"value"\s*:\s*"/u);
    if (text.length > (start === -1 ? bareBytes : start + 32 + Math.ceil(most / 3) * 4)) break;
  }
  return text;
};

/** etcd's JSON gateway (`/v3/kv/range`) over TLS with a client certificate. The files are read anew: they are rotated. */
export const openEtcd = async ({ endpoints, caFile, certFile, keyFile }: EtcdAccess): Promise<Etcd> => {
  const [ca, cert, key] = await Promise.all([
    fileOf("KEYROLL_ETCD_CA_FILE", caFile),
    fileOf("KEYROLL_ETCD_CERT_FILE", certFile),
    fileOf("KEYROLL_ETCD_KEY_FILE", keyFile),
  ]);
  const open = lazyHttp({ ca, cert, key, timeout: 5000 });
  let opened: Http | null = null;

  const readAt = async (endpoint: string, name: string, most: number): Promise<EtcdValue | null> => {
    const url = new URL("/v3/kv/range", endpoint);
    let status: number;
    let text: string;
    try {
      opened ??= await open();
      const answer = await opened.request(url, {
        method: "POST",
        dispatcher: opened.dispatcher,
        signal: AbortSignal.timeout(deadline),
        headers: { "content-type": "application/json", accept: "application/json", "user-agent": "keyroll" },
        // Without `range_end` a range is one key.
        body: JSON.stringify({ key: Buffer.from(name).toString("base64") }),
      });
      status = answer.statusCode;
      text = await beginning(answer.body, most);
    } catch (error) {
      throw unreachable(url.host, error);
    }
    if (status !== 200) throw answered(url.host, status);
    return valueIn(text, most);
  };

  return {
    read: async (name, most) => {
      let last: unknown = null;
      for (const endpoint of endpoints) {
        try {
          return await readAt(endpoint, name, most);
        } catch (error) {
          // Another member may be there, or have the certificate that this one lacks.
          last = error;
        }
      }
      throw last;
    },
    close: async () => await opened?.dispatcher.destroy(),
  };
};
