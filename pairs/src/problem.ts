/** Something that must be corrected before anything is written. Never holds a value. */
export interface Problem {
  /** Stable id of the rule. */
  readonly rule: string;
  readonly field?: string;
  readonly key?: string;
  readonly line?: number;
  readonly message: string;
  readonly limit?: number | string;
  readonly actual?: number | string;
}

/** Something that a careful person wants to know. Never holds a value. */
export interface Notice {
  readonly id: string;
  readonly message: string;
  readonly key?: string;
  readonly line?: number;
}
