import type { CloudIdentity } from "./cloud-identity.ts";
import type {
  Capabilities,
  CheckFinding,
  Cost,
  Foreign,
  ForeignPlace,
  Policy,
  PolicyScope,
  SecretStore,
  StoreHost,
  StoreScope,
} from "./secret-store.ts";

/** One kind of store, as people see it. */
export interface StoreListing {
  readonly kind: string;
  readonly label: string;
  /** JSON Schema of its settings. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly capabilities: Capabilities;
  readonly costs: readonly Cost[];
}

/** The stores that this Keyroll knows. */
export interface Stores {
  list(): readonly StoreListing[];
  /** @throws {KeyrollError} `not_found` with the nearest kind, when there is none of this name. */
  kind(kind: string): StoreListing;
  /** @throws {KeyrollError} `invalid` naming the settings that break a rule. */
  parseSettings(kind: string, settings: unknown): Readonly<Record<string, unknown>>;
  /** What two settings of a kind have in common when they lead to the same values. */
  place(kind: string, settings: unknown): Readonly<Record<string, unknown>>;
  /** Empty: stores of this kind have no policies. */
  policies(kind: string, settings: unknown, scope: PolicyScope): readonly Policy[];
  /** As whom the store asks AWS; null: it is not in AWS. */
  identity(kind: string, settings: unknown): CloudIdentity | null;
  /** What a store with these settings can and cannot do. */
  capabilities(kind: string, settings: unknown): Capabilities;
  /** What these settings cost, as far as they are a choice. */
  costs(kind: string, settings: unknown): readonly Cost[];
  check(kind: string, settings: unknown, host: StoreHost): Promise<readonly CheckFinding[]>;
  open(kind: string, settings: unknown, scope: StoreScope, host: StoreHost): SecretStore;
  /** null: from a store of this kind nothing of other programs can be taken in. */
  foreign(kind: string): Foreign<unknown> | null;
  /** null: a store of this kind has no path that other programs read. */
  valuesAt(kind: string, settings: unknown, scope: StoreScope): ForeignPlace | null;
}
