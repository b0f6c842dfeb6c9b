import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { KeyrollError, type ErrorCode } from "@keyroll/contract/errors";
import { nearest } from "@keyroll/pairs";
import { parseDocument } from "yaml";
import type { Egress } from "../../ports/egress.ts";
import { guardedLookup } from "../egress/connect.ts";
import { openHttp } from "../egress/http.ts";
import { isJson, list, text, type Json } from "../kubernetes/json.ts";
import { helmError } from "./helm-error.ts";
import type { Helm } from "./helm.ts";

/**
 * Classic chart repositories (an `index.yaml` and packages, https://helm.sh/docs/topics/chart_repository). Keyroll
 * fetches both itself, since Helm would follow an index to any address and takes a password only on its command line;
 * Helm is asked, without network, which version a constraint means.
 */
export interface RepositoryChart {
  readonly url: string;
  readonly chart?: string | undefined;
  readonly version?: string | undefined;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
}

const mostIndex = 32 * 1024 * 1024;
/** What `yaml` reads in about a second; larger ones must be as Helm writes them, so that one chart can be cut out. */
const mostParsed = 2 * 1024 * 1024;
const mostChart = 10 * 1024 * 1024;
const mostHops = 5;
const deadline = 60_000;

const codes: ReadonlyMap<number, ErrorCode> = new Map([
  [401, "provider_denied"],
  [403, "provider_denied"],
  [404, "not_found"],
  [410, "not_found"],
  [429, "provider_throttled"],
]);

const invalid = (message: string, next: string): KeyrollError =>
  new KeyrollError("invalid", message, { field: "reference", next, changed: false });

const isLocal = (url: URL): boolean => /^(localhost|127\.[\d.]+|\[::1\])$/u.test(url.hostname);

/** Where packages may come from: https, and http on this machine. */
const isFetched = (url: URL): boolean =>
  url.username === "" &&
  url.password === "" &&
  (url.protocol === "https:" || (url.protocol === "http:" && isLocal(url)));

const addressOf = (text: string): URL => {
  const url = URL.canParse(text) ? new URL(text.endsWith("/") ? text : `${text}/`) : null;
  if (url !== null && isFetched(url) && url.search === "" && url.hash === "") return url;
  throw invalid(
    "The reference must be an oci:// or https:// address without credentials in it.",
    "Such as oci://registry.example.com/charts/shop, or https://charts.example.com with the chart's name.",
  );
};

const reasonOf = (error: unknown): string => {
  const found: unknown = error instanceof Error ? (Reflect.get(error, "code") ?? error.name) : null;
  return typeof found === "string" ? found : "no answer";
};

/** The bytes at `url`, over at most 5 redirects, each asked about anew; `authorization` goes to the first origin only. */
const fetchBytes = async (first: URL, authorization: string | null, most: number, egress: Egress): Promise<Buffer> => {
  let url = first;
  for (let hop = 0; hop <= mostHops; hop++) {
    if (!isFetched(url)) throw invalid(`${first.host} leads to an address that is not https.`, "Push the .tgz itself.");
    const { request, dispatcher } = await openHttp({
      connect: { timeout: 10_000, lookup: guardedLookup(url, egress) },
    });
    try {
      const { statusCode, headers, body } = await request(url, {
        dispatcher,
        signal: AbortSignal.timeout(deadline),
        headers: {
          "user-agent": "keyroll",
          ...(authorization === null || url.origin !== first.origin ? {} : { authorization }),
        },
      });
      const { location } = headers;
      if (statusCode >= 300 && statusCode < 400 && typeof location === "string" && URL.canParse(location, url)) {
        url = new URL(location, url);
        continue;
      }
      if (statusCode !== 200) {
        throw new KeyrollError(
          codes.get(statusCode) ?? "provider_unreachable",
          `The chart repository ${url.host} answered ${statusCode} for ${url.pathname.slice(0, 200)}.`,
          statusCode === 401
            ? { next: "Give a user name and password that it takes.", changed: false }
            : { changed: false },
        );
      }
      return await bytesOf(body, most, url);
    } catch (error) {
      if (error instanceof KeyrollError) throw error;
      // The egress rules said no while connecting.
      if (error instanceof Error && error.cause instanceof KeyrollError) throw error.cause;
      throw new KeyrollError(
        "provider_unreachable",
        `The chart repository ${url.host} cannot be reached (${reasonOf(error)}).`,
        { changed: false },
        { cause: error },
      );
    } finally {
      await dispatcher.destroy();
    }
  }
  throw invalid(`${first.host} redirects more than ${mostHops} times.`, "Name the address that it leads to.");
};

const bytesOf = async (body: AsyncIterable<Uint8Array>, most: number, url: URL): Promise<Buffer> => {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of body) {
    size += part.byteLength;
    if (size > most) {
      throw new KeyrollError("limit_exceeded", `${url.host} sends more than ${most} bytes.`, {
        field: "reference",
        limit: most,
        next: "Push the chart as a .tgz.",
        changed: false,
      });
    }
    parts.push(part);
  }
  return Buffer.concat(parts);
};

/** The part of an index, as Helm writes one, that is about one chart. */
const cutOut = (index: string, chart: string): string => {
  const begin = index.indexOf(`\n  ${chart}:\n`);
  if (begin < 0) return "entries: {}\n";
  const rest = index.slice(begin + 1);
  const end = /\n(?! {4}| {2}- |\n)/u.exec(rest.slice(rest.indexOf("\n") + 1));
  return `entries:\n${end === null ? rest : rest.slice(0, rest.indexOf("\n") + 1 + end.index)}\n`;
};

const readIndex = (bytes: Buffer, chart: string): Json => {
  const whole = bytes.toString("utf8");
  try {
    const value: unknown = /^\s*\{/u.test(whole)
      ? JSON.parse(whole)
      : parseDocument(whole.length > mostParsed ? cutOut(whole, chart) : whole).toJS({ maxAliasCount: 10 });
    const entries = isJson(value) ? value["entries"] : null;
    if (isJson(entries)) return entries;
  } catch {
    // Said below: the parser's words quote the text.
  }
  throw invalid("The repository's index.yaml cannot be read.", "Is it the address of a chart repository?");
};

interface Version {
  readonly version: string;
  readonly url: string;
  readonly digest: string | null;
}

const versionsOf = (entries: Json, chart: string): Version[] => {
  const found = Object.hasOwn(entries, chart) ? list(entries, chart) : [];
  const versions = found.flatMap((entry) => {
    const version = text(entry, "version");
    const [url] = list(entry, "urls");
    return version === null || typeof url !== "string" ? [] : [{ version, url, digest: text(entry, "digest") }];
  });
  if (versions.length > 0) return versions;
  const near = nearest(chart, Object.keys(entries));
  throw new KeyrollError("not_found", `The repository has no chart \`${chart}\`.`, {
    field: "reference.chart",
    ...(near === null ? {} : { next: `Did you mean \`${near}\`?` }),
    changed: false,
  });
};

/** As Helm would choose: the newest that is no pre-release, or what the constraint allows. */
const chooseWithHelm = async (helm: Helm, chart: string, versions: readonly Version[], wanted: string | undefined) => {
  const exact = versions.find(({ version }) => version === wanted);
  if (exact !== undefined) return exact;
  const entry = ({ version }: Version): object => ({ apiVersion: "v2", name: chart, version, urls: ["none.tgz"] });
  const { code, stdout, stderr } = await helm.run({
    args: (folder) => [
      "search",
      "repo",
      `repository/${chart}`,
      "--output=json",
      `--repository-config=${folder}/repositories.yaml`,
      `--repository-cache=${folder}`,
      ...(wanted === undefined ? [] : [`--version=${wanted}`]),
    ],
    files: {
      "repositories.yaml": JSON.stringify({ repositories: [{ name: "repository", url: "https://charts.invalid" }] }),
      "repository-index.yaml": JSON.stringify({ apiVersion: "v1", entries: { [chart]: versions.map(entry) } }),
    },
    timeoutSeconds: 30,
  });
  if (code !== 0) {
    throw wanted !== undefined && stderr.includes("constraint")
      ? invalid(`\`${wanted}\` is neither a version nor a range of versions.`, "Such as 1.2.3, ^1.2 or ~1.2.3.")
      : helmError(stderr, "choose the version");
  }
  const found: unknown = JSON.parse(stdout);
  const chosen = versions.find(({ version }) => version === text(found, 0, "version"));
  if (chosen !== undefined) return chosen;
  throw new KeyrollError(
    "not_found",
    wanted === undefined
      ? `The repository has only pre-releases of \`${chart}\`.`
      : `The repository has no version ${wanted} of \`${chart}\`.`,
    {
      field: "reference.version",
      next: `It has ${versions
        .slice(0, 5)
        .map(({ version }) => version)
        .join(", ")}${versions.length > 5 ? " and more" : ""}.`,
      changed: false,
    },
  );
};

/**
 * The package of one chart; the newest version when none is named.
 * @throws {KeyrollError} `invalid`, `not_found`, `limit_exceeded`, `provider_denied`, `provider_unreachable`.
 */
export const pullFromRepository = async (
  { url, chart, version, username, password }: RepositoryChart,
  host: { readonly helm: Helm; readonly egress: Egress },
): Promise<Uint8Array> => {
  const base = addressOf(url);
  if (chart === undefined || !/^[a-z0-9][a-z0-9._-]{0,99}$/u.test(chart)) {
    throw invalid(
      "A chart repository holds several charts: which one is not said.",
      "Name the chart (`--chart NAME`): a-z, 0-9, - and .",
    );
  }
  const authorization =
    username === undefined ? null : `Basic ${Buffer.from(`${username}:${password ?? ""}`).toString("base64")}`;
  const entries = readIndex(
    await fetchBytes(new URL("index.yaml", base), authorization, mostIndex, host.egress),
    chart,
  );
  const chosen = await chooseWithHelm(host.helm, chart, versionsOf(entries, chart), version);
  if (!URL.canParse(chosen.url, base))
    throw invalid("The index gives no address of the chart.", "Push the .tgz itself.");
  const from = new URL(chosen.url, base);
  const own = from.origin === base.origin ? authorization : null;
  const bytes = await fetchBytes(from, own, mostChart, host.egress);
  const digest = createHash("sha256").update(bytes).digest("hex");
  if (chosen.digest !== null && chosen.digest.replace(/^sha256:/u, "") !== digest) {
    throw invalid(
      `The package of \`${chart}\` ${chosen.version} is not the one that the index names (its sha256 is another).`,
      "Ask whoever runs the repository.",
    );
  }
  return new Uint8Array(bytes);
};
