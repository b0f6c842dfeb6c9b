/** As whom a connection asks the services of AWS. Holds nothing secret. */
export interface CloudIdentity {
  /** Where the connection's own things are. */
  readonly region: string;
  /** Null: as the server itself. */
  readonly roleArn: string | null;
  readonly externalId: string | null;
}
