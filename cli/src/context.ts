import { KeyrollError } from "@keyroll/contract/errors";
import { createClient, type Client } from "@keyroll/sdk";
import type { Io } from "./io.ts";

/** Options that every command takes. */
export interface Globals {
  readonly app?: string;
  readonly env?: string;
  readonly url?: string;
  readonly json?: boolean;
  readonly yes?: boolean;
}

export interface Place {
  readonly app: string;
  readonly env: string;
}

/** What a command works with. */
export interface Context extends Io {
  readonly globals: Globals;
  /** Says a line to the person. */
  readonly say: (line: string) => void;
  /** Prints an answer for programs, with its version on top. */
  readonly json: (answer: object) => void;
  /** Address and token in use. */
  server(): Promise<{ readonly url: string; readonly token: string | null }>;
  /** @throws `not_signed_in` when there is no token for the server */
  client(): Promise<Client>;
  appName(): Promise<string>;
  place(): Promise<Place>;
  /** `y` or `--yes`. @throws `confirmation_required` without a terminal */
  confirm(question: string): Promise<boolean>;
}

export const version = "0.1.0";
export const defaultUrl = "http://127.0.0.1:7340";

const isLoopback = (host: string): boolean => host === "localhost" || host === "[::1]" || host.startsWith("127.");

/** An address without its trailing slash. @throws when it is no address, or would carry a token in the clear */
export const checkUrl = (text: string): string => {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw new KeyrollError("bad_request", `\`${text.slice(0, 200)}\` is not an address.`, {
      field: "url",
      next: "Give it whole, such as https://keyroll.example.com.",
    });
  }
  if (url.username !== "" || url.password !== "" || (url.protocol !== "https:" && url.protocol !== "http:"))
    throw new KeyrollError("bad_request", "The address must be http(s) without a name or password in it.", {
      field: "url",
    });
  if (url.protocol === "http:" && !isLoopback(url.hostname)) {
    throw new KeyrollError("bad_request", `http://${url.host} would carry the token and every value in the clear.`, {
      field: "url",
      next: "Use https, or forward the port: `ssh -L 7340:127.0.0.1:7340 HOST` and http://127.0.0.1:7340.",
    });
  }
  return url.href.replace(/\/+$/u, "");
};

const from = (...candidates: readonly (string | null | undefined)[]): string | null =>
  candidates.find((one) => one !== undefined && one !== null && one !== "") ?? null;

/** What a command works with. Files are read when they are asked for: loading what reads them delays a command by 3 ms. */
export const createContext = (io: Io, globals: Globals): Context => {
  const server = async (): Promise<{ url: string; token: string | null }> => {
    const { readProfile } = await import("./profile.ts");
    const profile = await readProfile(io.env);
    const url = checkUrl(from(globals.url, io.env["KEYROLL_URL"], profile.current) ?? defaultUrl);
    return { url, token: from(io.env["KEYROLL_TOKEN"], profile.servers[url]?.token) };
  };
  const linked = async () => (await import("./link-file.ts")).findLink(io.cwd);
  const name = async (what: "app" | "env"): Promise<string> => {
    const variable = what === "app" ? "KEYROLL_APP" : "KEYROLL_ENV";
    const found = from(globals[what], io.env[variable]) ?? (await linked())?.[what] ?? null;
    if (found !== null) return found;
    throw new KeyrollError("bad_request", `Which ${what === "app" ? "app" : "environment"}?`, {
      field: what,
      next: `Give --${what} NAME, set ${variable}, or remember it for this folder: \`keyroll link\`.`,
    });
  };
  return {
    ...io,
    globals,
    say: (line) => io.err(`${line}\n`),
    json: (answer) => io.out(`${JSON.stringify({ version: 1, ...answer })}\n`),
    server,
    client: async () => {
      const { url, token } = await server();
      if (token === null) {
        const { elsewhere, readProfile } = await import("./profile.ts");
        const signIn = `Sign in: \`keyroll login${url === defaultUrl ? "" : ` ${url}`}\`, or set KEYROLL_TOKEN.`;
        throw new KeyrollError("not_signed_in", `You are not signed in at ${url}.`, {
          next: [signIn, ...elsewhere(await readProfile(io.env))].join(" "),
        });
      }
      return createClient({ url, token, userAgent: `keyroll/${version}` });
    },
    appName: async () => await name("app"),
    place: async () => ({ app: await name("app"), env: await name("env") }),
    confirm: async (question) => {
      if (globals.yes === true) return true;
      if (!io.terminal.input || !io.terminal.talk) {
        throw new KeyrollError("confirmation_required", `${question} Nobody is at a terminal to answer.`, {
          next: "Add --yes when it is meant.",
          changed: false,
        });
      }
      const answer = await io.ask(`${question} [y/N] `);
      return answer !== null && /^y(es)?$/iu.test(answer.trim());
    },
  };
};
