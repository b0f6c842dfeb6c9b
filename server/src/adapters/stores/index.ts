import { KeyrollError } from "@keyroll/contract/errors";
import { fieldWords } from "@keyroll/contract/field-words";
import { z } from "zod";
import type { CloudIdentity } from "../../ports/cloud-identity.ts";
import type {
  Capabilities,
  CheckFinding,
  Foreign,
  ForeignPlace,
  Policy,
  PolicyScope,
  SecretStore,
  StoreHost,
  StoreKind,
  StoreScope,
} from "../../ports/secret-store.ts";
import type { StoreListing, Stores } from "../../ports/stores.ts";
import { awsSecretsManager } from "./aws-secrets-manager.ts";
import { createAwsSsm } from "./aws-ssm.ts";
import { azure } from "./azure.ts";
import { gcp } from "./gcp.ts";
import { local } from "./local.ts";
import { vault } from "./vault.ts";

/** A kind with its settings' type closed over, so that kinds of any settings stand in one list. */
interface Registered {
  readonly listing: StoreListing;
  parse(settings: unknown): Readonly<Record<string, unknown>>;
  place(settings: unknown): Readonly<Record<string, unknown>>;
  policies(settings: unknown, scope: PolicyScope): readonly Policy[];
  identity(settings: unknown): CloudIdentity | null;
  capabilities(settings: unknown): Capabilities;
  check(settings: unknown, host: StoreHost): Promise<readonly CheckFinding[]>;
  open(settings: unknown, scope: StoreScope, host: StoreHost): SecretStore;
  readonly foreign: Foreign<unknown> | null;
  valuesAt(settings: unknown, scope: StoreScope): ForeignPlace | null;
}

const register = <S extends Readonly<Record<string, unknown>>>(kind: StoreKind<S>): Registered => {
  const read = (settings: unknown): S => {
    const parsed = kind.settings.safeParse(settings, { error: fieldWords });
    if (parsed.success) return parsed.data;
    const [issue] = parsed.error.issues;
    const field = ["store", "settings", ...(issue?.path ?? []).map(String)].join(".");
    throw new KeyrollError("invalid", `\`${field}\`: ${issue?.message ?? "is not right"}.`, { field, changed: false });
  };
  const { foreign } = kind;
  const { $schema: _, ...schema } = z.toJSONSchema(kind.settings, { unrepresentable: "any" });
  return {
    listing: {
      kind: kind.kind,
      label: kind.label,
      settings: schema,
      capabilities: kind.capabilities,
      costs: kind.costs ?? [],
    },
    parse: (settings) => ({ ...read(settings) }),
    place: (settings) => kind.place?.(read(settings)) ?? read(settings),
    policies: (settings, scope) => kind.policies?.(read(settings), scope) ?? [],
    identity: (settings) => kind.identity?.(read(settings)) ?? null,
    capabilities: (settings) => kind.capabilitiesOf?.(read(settings)) ?? kind.capabilities,
    check: async (settings, host) => await kind.check(read(settings), host),
    open: (settings, scope, host) => kind.open(read(settings), scope, host),
    foreign:
      foreign === undefined
        ? null
        : {
            place: (settings, given) => foreign.place(read(settings), given),
            read: async (settings, place, host) => await foreign.read(read(settings), place, host),
          },
    valuesAt: (settings, scope) => kind.valuesAt?.(read(settings), scope) ?? null,
  };
};

/** Every store that Keyroll has: one line each. */
const kinds: readonly Registered[] = [
  register(local),
  register(createAwsSsm()),
  register(awsSecretsManager),
  register(vault),
  register(gcp),
  register(azure),
];

export const createStores = (): Stores => {
  const byKind = new Map(kinds.map((kind) => [kind.listing.kind, kind]));
  const find = (kind: string): Registered => {
    const found = byKind.get(kind);
    if (found !== undefined) return found;
    throw new KeyrollError(
      "not_found",
      `There is no store of kind \`${kind}\`; there is ${[...byKind.keys()].join(", ")}.`,
      { field: "store.kind", changed: false },
    );
  };
  return {
    list: () => kinds.map(({ listing }) => listing),
    kind: (kind) => find(kind).listing,
    parseSettings: (kind, settings) => find(kind).parse(settings),
    place: (kind, settings) => find(kind).place(settings),
    policies: (kind, settings, scope) => find(kind).policies(settings, scope),
    identity: (kind, settings) => find(kind).identity(settings),
    capabilities: (kind, settings) => find(kind).capabilities(settings),
    costs: (kind, settings) => {
      const found = find(kind);
      const parsed = found.parse(settings);
      return found.listing.costs.filter(({ setting, value }) => parsed[setting] === value);
    },
    check: async (kind, settings, host) => await find(kind).check(settings, host),
    open: (kind, settings, scope, host) => find(kind).open(settings, scope, host),
    foreign: (kind) => find(kind).foreign,
    valuesAt: (kind, settings, scope) => find(kind).valuesAt(settings, scope),
  };
};
