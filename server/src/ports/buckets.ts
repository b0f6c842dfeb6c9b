/** One token bucket: what an account may still call, and how it was slowed. */
export interface Bucket {
  /** Below zero: so many calls have been promised a token that is still to come. */
  readonly tokens: number;
  /** When `tokens` was right. Epoch milliseconds. */
  readonly at: number;
  /** Shares of the usual rate and burst that were left at the last throttle; both grow back from then on. */
  readonly rateShare: number;
  readonly burstShare: number;
  /** The last throttle that counted. Epoch milliseconds; 0: never. */
  readonly slowedAt: number;
}

/** What lies in the database now. */
export interface KeptBucket {
  /** Null: nobody has asked for it yet. */
  readonly bucket: Bucket | null;
  /** Grows with every change; 0 when there is none. */
  readonly version: number;
  /** The database's time, which all servers share. Epoch milliseconds. */
  readonly now: number;
}

/** Buckets that the servers of one database share. Nothing is locked between the two calls. */
export interface Buckets {
  read(name: string): Promise<KeptBucket>;
  /** False: somebody else has changed it since this version was read, and nothing was written. */
  replace(name: string, version: number, bucket: Bucket): Promise<boolean>;
}
