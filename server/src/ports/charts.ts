import type { CloudIdentity } from "./cloud-identity.ts";
import type { Policy } from "./secret-store.ts";

/** What a chart package says about itself. */
export interface ChartFacts {
  readonly name: string;
  readonly version: string;
  readonly appVersion: string | null;
  readonly description: string | null;
  /** Keys that the chart says it needs: `keyroll.dev/requires` of Chart.yaml, and the names in its `.env.example`. */
  readonly requires: readonly string[];
}

/** What a chart's files say beyond what is rendered of them. */
export interface ChartText {
  /** Template files, those of its subcharts too, by the path that Helm gives as `# Source:`. */
  readonly templates: ReadonlyMap<string, string>;
  readonly annotation: string | null;
  readonly envExample: string | null;
}

/** What a chart sets when nobody says otherwise, and what it takes. */
export interface ChartValues {
  /** Text of its values.yaml; empty when it has none. */
  readonly text: string;
  /** Whether the text was longer than what is given. */
  readonly isCut: boolean;
  /** Its values.schema.json; null when it has none, or one that is no JSON or longer than 256 KiB. */
  readonly schema: Readonly<Record<string, unknown>> | null;
}

/** Where a chart is pulled from, and how its registry is signed in to. */
export interface Reference {
  readonly url: string;
  readonly chart?: string | undefined;
  readonly version?: string | undefined;
  /** Of the registry itself; nothing else is tried then. */
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  /** As whom AWS is asked for a registry of ECR; null: as the server itself. */
  readonly identity?: CloudIdentity | null;
}

/** Helm chart packages, without a cluster. */
export interface Charts {
  /**
   * Packages a folder (paths relative to it); `.helmignore` honoured.
   * @throws {KeyrollError} `invalid` naming missing dependencies or what is wrong with the chart.
   */
  package(files: ReadonlyMap<string, Uint8Array>): Promise<{ readonly bytes: Uint8Array; readonly facts: ChartFacts }>;
  /** @throws {KeyrollError} `invalid` or `limit_exceeded` for what is no chart, or a hostile archive. */
  inspect(tgz: Uint8Array): Promise<ChartFacts>;
  /** The chart's own values, at most 256 KiB of them. @throws as `inspect`. */
  values(tgz: Uint8Array): Promise<ChartValues>;
  /** What its files say. Subcharts that are packed inside are read too. @throws as `inspect`. */
  text(tgz: Uint8Array): Promise<ChartText>;
  /**
   * Pulls `oci://…` or a chart of a repository. A registry of ECR is signed in to with AWS.
   * @throws {KeyrollError} `invalid`, `provider_unreachable`, `provider_denied`, `provider_throttled`, `not_found`,
   * `limit_exceeded`.
   */
  pull(reference: Reference): Promise<Uint8Array>;
  /** The least rights to pull charts from the registry of the identity's own account and Region. */
  policies(identity: CloudIdentity): readonly Policy[];
}
