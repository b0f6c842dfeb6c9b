import { Buffer } from "node:buffer";
import { KeyrollError } from "@keyroll/contract/errors";
import { z } from "zod";
import type { StoreHost, StoreScope } from "../../../ports/secret-store.ts";
import type { DocumentDriver } from "../document-store.ts";
import { print } from "../document.ts";
import type { Secrets } from "./secrets.ts";
import { chainOf, nameOf, noParent, partName, tagsOf, type Version, type VersionFacts } from "./versions.ts";

/** Bytes of one secret; the service takes 25 KB. https://learn.microsoft.com/azure/key-vault/secrets/about-secrets */
export const secretBytes = 25_000;
/** Bytes of one document, in at most 40 parts. */
export const documentBytes = 40 * secretBytes;
/**
 * The service tells the second in which it received a version. Who came first is certain when that second is over on
 * all its machines: one more is the margin for their clocks. `look`: how often the service's time is looked at.
 * Milliseconds.
 */
export const usualTimes = { settle: 2000, look: 250 };

/** Stands in the head secret when the document is larger than one secret. */
const pointer = z.object({ keyrollParts: z.array(z.object({ name: z.string(), id: z.string() })) });

type Counted = Version & { readonly facts: VersionFacts };

/** Text in pieces that each fit, never within a character. */
export const piecesOf = (text: string, most = secretBytes): readonly string[] => {
  const bytes = Buffer.from(text);
  const pieces: string[] = [];
  for (let from = 0; from < bytes.length;) {
    let to = Math.min(from + most, bytes.length);
    while (to < bytes.length && ((bytes[to] ?? 0) & 0xc0) === 0x80) to -= 1;
    pieces.push(bytes.toString("utf8", from, to));
    from = to;
  }
  return pieces;
};

/**
 * One head secret, and parts beside it where it is too small. Key Vault has no write under a condition: everybody's
 * version is taken. Each names the version it was made on, and of those with one parent the first counts. When the
 * second in which it arrived is over, no other can come before it, and its writer looks which one it was.
 */
export const vaultDocument = (
  secrets: Secrets,
  { prefix }: { readonly prefix: string },
  scope: StoreScope,
  { clock }: Pick<StoreHost, "clock">,
  { settle, look } = usualTimes,
): DocumentDriver => {
  const name = nameOf(prefix, scope.app, scope.environment);
  const place = `Azure Key Vault \`${name}\``;
  const repair = `Disable the version that is not Keyroll's: az keyvault secret set-attributes --name ${name} --version ID --enabled false.`;
  /** What was newest when this process looked last. */
  let tip: { readonly revision: number; readonly id: string | null } | null = null;

  /** What counts, newest first, once that cannot change any more. */
  const settled = async (): Promise<readonly Counted[]> => {
    for (;;) {
      const { versions, date } = await secrets.versions(name);
      const foreign = versions.find(({ facts, enabled }) => facts === null && enabled);
      if (foreign !== undefined)
        throw new KeyrollError("integrity", `${place} has a version that Keyroll did not write (${foreign.id}).`, {
          next: repair,
          changed: false,
        });
      const chain = chainOf(versions);
      const wait = chain[0] === undefined ? 0 : chain[0].at + settle - date;
      if (wait <= 0) return chain;
      // Its time comes in whole seconds, so the last one is looked for.
      await clock.sleep(Math.max(look, wait - 1000));
    }
  };

  /** A head that is deleted softly: by Keyroll, which destroyed the values, or by somebody. */
  const buried = async () => {
    const found = await secrets.deleted(name);
    if (found === null) return null;
    const { facts, ends } = found;
    if (facts?.destroyed !== true)
      throw new KeyrollError(
        "integrity",
        `${place} was deleted by somebody${ends === null ? "" : `, until ${ends}`}.`,
        {
          next: `Bring it back (az keyvault secret recover --name ${name}), or purge it.`,
          changed: false,
        },
      );
    const { revision, environment } = facts;
    tip = { revision, id: null };
    const grave = { environment, revision, parent: revision - 1, since: revision, txn: "destroyed", at: 0 };
    return { revision, document: print({ ...grave, destroyed: true, keys: new Map() }) };
  };

  /** Null: it was removed, or a part of it. */
  const documentOf = async ({ id, enabled }: Counted): Promise<unknown> => {
    if (!enabled) return null;
    const text = await secrets.get(name, id);
    if (text === null) return null;
    const head = parsed(text);
    const parts = pointer.safeParse(head);
    if (!parts.success) return head;
    const texts: string[] = [];
    for (const part of parts.data.keyrollParts) {
      const piece = await secrets.get(part.name, part.id);
      if (piece === null) return null;
      texts.push(piece);
    }
    return parsed(texts.join(""));
  };

  const write = async (text: string, facts: Omit<VersionFacts, "parts">, txn: string): Promise<string> => {
    const pieces = Buffer.byteLength(text) <= secretBytes ? [] : piecesOf(text);
    const keyrollParts: { name: string; id: string }[] = [];
    for (const [index, piece] of pieces.entries()) {
      const part = partName(name, facts.revision, index + 1);
      // Another writer's part of the same number is another version: the head names ours.
      const { id } = await secrets.set(part, piece, { "keyroll-environment": facts.environment }, true);
      keyrollParts.push({ name: part, id });
    }
    const value = pieces.length === 0 ? text : JSON.stringify({ keyrollParts });
    return (await secrets.set(name, value, tagsOf({ ...facts, parts: pieces.length }, txn), false)).id;
  };

  const partsOf = ({ revision, parts }: VersionFacts): readonly string[] =>
    Array.from({ length: parts }, (_, index) => partName(name, revision, index + 1));

  return {
    place,
    documentBytes,
    repair,
    load: async (at) => {
      tip = null;
      const chain = await settled();
      const [head] = chain;
      if (head === undefined) return at === null ? await buried() : null;
      tip = { revision: head.facts.revision, id: head.id };
      const one = at === null ? head : chain.find(({ facts }) => facts.revision === at);
      if (one === undefined) return null;
      const document = await documentOf(one);
      if (document === null && at !== null) return null;
      return { revision: one.facts.revision, document };
    },
    store: async (document, expect) => {
      if ((tip?.revision ?? 0) !== expect) return false;
      let parent = tip?.id ?? noParent;
      if (tip !== null && tip.id === null) {
        await secrets.recover(name);
        const [head] = await settled();
        if (head === undefined || head.facts.revision !== expect) return false;
        parent = head.id;
      }
      tip = null;
      const revision = expect + 1;
      const destroyed = document["destroyed"] === true;
      const facts = { environment: scope.environmentId, revision, parent, destroyed, saved: Number(document["at"]) };
      const id = await write(JSON.stringify(document), facts, String(document["txn"]));
      let chain: readonly Counted[];
      try {
        chain = await settled();
      } catch (error) {
        throw new KeyrollError(
          "indeterminate",
          `${place} took the version, and does not tell whether another came before it.`,
          {},
          { cause: error },
        );
      }
      if (!chain.some((version) => version.id === id)) return false;
      tip = { revision, id };
      return true;
    },
    list: async () =>
      (await settled()).map(({ facts, enabled }) => ({
        revision: facts.revision,
        at: facts.saved,
        readable: enabled,
        // A version cannot be deleted: to disable it is all there is.
        isGone: !enabled,
      })),
    drop: async (which, how) => {
      if (which === "everything") {
        // Also the parts of writers who lost, or died.
        for (const part of await secrets.names("secrets", `${name}-p-`)) await secrets.remove(part, false);
        await secrets.remove(name, true);
        for (const part of await secrets.names("deletedsecrets", `${name}-p-`)) await secrets.purge(part);
        await secrets.purge(name);
        return;
      }
      const dropped = new Set(which);
      for (const { id, facts } of (await settled()).filter(({ facts: { revision } }) => dropped.has(revision))) {
        // The parts first: what is not disabled yet is dropped again by whoever comes after a crash.
        for (const part of partsOf(facts)) await secrets.remove(part, false);
        await secrets.disable(name, id);
      }
      if (how === "soft") await secrets.remove(name, true);
    },
  };
};

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
};
