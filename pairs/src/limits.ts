/** Limits of the product (product.md, "Limits and answers to bad input"). */
export const limits = {
  /** Pairs per environment. */
  pairs: 100,
  /** Characters of a key: what a Kubernetes Secret accepts. */
  keyBytes: 253,
  /** Bytes of `KEY=value` that Linux takes as one environment string (MAX_ARG_STRLEN less its NUL). */
  envEntryBytes: 131_071,
  /** Bytes of all keys and values: what a Kubernetes Secret holds. */
  totalBytes: 1_048_576,
  /** Share of totalBytes from which on a save warns. */
  warnShare: 0.75,
} as const;
