/** What a chart package says about itself. */
export interface ChartFacts {
  readonly name: string;
  readonly version: string;
  readonly appVersion: string | null;
  readonly description: string | null;
  /** Keys named in Chart.yaml's annotation `keyroll.dev/requires`. */
  readonly requires: readonly string[];
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
  /** Pulls `oci://…` or a chart of a repository. @throws `provider_unreachable`, `provider_denied`, `not_found`. */
  pull(reference: {
    readonly url: string;
    readonly chart?: string | undefined;
    readonly version?: string | undefined;
    readonly username?: string | undefined;
    readonly password?: string | undefined;
  }): Promise<Uint8Array>;
}
