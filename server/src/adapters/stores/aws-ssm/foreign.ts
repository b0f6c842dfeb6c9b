import { KeyrollError } from "@keyroll/contract/errors";
import type { Foreign, ForeignPlace, ForeignValues, StoreHost } from "../../../ports/secret-store.ts";
import { secretText } from "../../../ports/secret.ts";
import { region as isRegion, type AccountSettings } from "../../cloud/aws/settings.ts";
import { createCalls, type Calls } from "./calls.ts";
import type { Parameter, Parameters } from "./parameters.ts";

/** More than any environment holds; a path with more is not one app's. */
const most = 300;
/** Pages of ten that are read to tell what lies deeper. */
const deepPages = 20;

const refuse = (field: string, message: string, next: string): KeyrollError =>
  new KeyrollError("invalid", message, { field, next, changed: false });

/** A path without a slash at its end, in the store's own Region unless another is named. */
const placeOf = (
  settings: { readonly region: string },
  given: { readonly path: string; readonly region: string | undefined },
): ForeignPlace => {
  const region = given.region ?? settings.region;
  const path = given.path.replace(/\/+$/u, "");
  if (!isRegion.safeParse(region).success)
    throw refuse("from.region", `\`${region}\` is not a Region's name.`, "Give one such as eu-west-1.");
  if (!/^(\/[a-zA-Z0-9_.-]+){1,15}$/u.test(path)) {
    throw refuse(
      "from.ssmPath",
      `\`${given.path.slice(0, 200)}\` is not a path of Parameter Store: parts of letters, digits and _.- behind a / each, at most 15.`,
      "Give the path above the parameters, such as /shop/production.",
    );
  }
  if (/^\/(aws|ssm)/iu.test(path))
    throw refuse("from.ssmPath", `\`${path}\` belongs to AWS.`, "Give a path of your own parameters.");
  if (path.split("/").some((part) => part.endsWith(".rev"))) {
    throw refuse(
      "from.ssmPath",
      `\`${path}\` lies in a tree of records (.rev), which hold no values of their own.`,
      "Give the path above the parameters themselves.",
    );
  }
  return { path, region };
};

const direct = async (calls: Calls, path: string): Promise<readonly Parameter[]> => {
  const found: Parameter[] = [];
  for (let next: string | null = null; ;) {
    const page: Awaited<ReturnType<Calls["page"]>> = await calls.page(path, next, "direct");
    found.push(...page.items);
    if (found.length > most) {
      throw new KeyrollError("limit_exceeded", `More than ${most} parameters lie directly below ${path}.`, {
        field: "from.ssmPath",
        limit: most,
        actual: found.length,
        next: "An environment holds 100 keys: give the path of one app's parameters.",
        changed: false,
      });
    }
    if (page.next === null) return found;
    next = page.next;
  }
};

const deeper = async (calls: Calls, path: string): Promise<ForeignValues["nested"]> => {
  const below = new Set<string>();
  let count = 0;
  let next: string | null = null;
  for (let pages = 0; pages < deepPages; pages++) {
    const page: Awaited<ReturnType<Calls["page"]>> = await calls.page(path, next, "all");
    for (const { name } of page.items) {
      const [part = "", ...rest] = name.slice(path.length + 1).split("/");
      // Records of environments are nobody's parameters.
      if (rest.length === 0 || part.endsWith(".rev")) continue;
      count += 1;
      below.add(part);
    }
    if (page.next === null) return { count, more: false, below: [...below].toSorted() };
    next = page.next;
  }
  return { count, more: true, below: [...below].toSorted() };
};

const lastPart = (path: string, name: string): string => name.slice(path.length + 1);

/** Parameters that other programs keep: what lies directly below a path, read as the connection reads its own. */
export const foreignParameters = <S extends AccountSettings>(
  clientOf: (settings: S, region: string) => Parameters,
): Foreign<S> => ({
  place: placeOf,
  read: async (settings, { path, region }, host: StoreHost) => {
    const calls = createCalls(clientOf(settings, region), { ...settings, region }, host);
    const found = await direct(calls, path);
    const nested = await deeper(calls, path);
    if (found.length === 0) {
      throw new KeyrollError("not_found", `No parameter lies directly below ${path} in ${region}.`, {
        field: "from.ssmPath",
        next:
          nested.count === 0
            ? "Check the path, the Region and the account of the server's AWS credentials."
            : `Parameters lie below ${nested.below.map((part) => `${path}/${part}`).join(", ")}: give one of these.`,
        changed: false,
      });
    }
    const read = await calls.get(found.map(({ name }) => name));
    return {
      nested,
      values: found
        .flatMap(({ name, list }) => {
          const parameter = read.get(name);
          // It was deleted between the list and the read.
          if (parameter === undefined) return [];
          return { name: lastPart(path, name), value: secretText(parameter.value), list: list === true };
        })
        .toSorted((a, b) => (a.name < b.name ? -1 : 1)),
    };
  },
});
