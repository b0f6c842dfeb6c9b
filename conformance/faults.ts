/** What a call of a stopped world throws. Not a KeyrollError: no adapter may take it for an answer of its provider. */
export class Stopped extends Error {
  constructor() {
    super("the world stopped here");
    this.name = "Stopped";
  }
}

/** A world that stops at one call, as a process does that is killed there. */
export interface Faults {
  /**
   * The same port, counted. Its methods are taken to be async, as ports are; objects among its properties are
   * wrapped as well. Several ports wrapped by the same faults are counted together.
   */
  wrap<T extends object>(port: T): T;
  /** Whether the call was reached. */
  readonly stopped: boolean;
}

/**
 * Stops the world at the `nth` call (from 1), before it is made or after it was answered. From then on no call is
 * made any more: a dead process does not clean up either.
 *
 * @param how `throws` {@link Stopped}, or `hangs`: never answers
 */
export const stopAt = (nth: number, where: "before" | "after", how: "throws" | "hangs" = "throws"): Faults => {
  let calls = 0;
  let stopped = false;
  const stop = async (): Promise<never> => {
    stopped = true;
    if (how === "throws") throw new Stopped();
    return await new Promise<never>(() => undefined);
  };
  const counted =
    (method: (...given: unknown[]) => unknown, self: object) =>
    async (...given: unknown[]): Promise<unknown> => {
      if (stopped) return await stop();
      calls += 1;
      const isHere = calls === nth;
      if (isHere && where === "before") return await stop();
      const answer = await method.apply(self, given);
      // Another call may have stopped the world while this one was under way.
      return isHere || stopped ? await stop() : answer;
    };
  const wrap = <T extends object>(port: T): T =>
    new Proxy(port, {
      get: (target, name) => {
        const found: unknown = Reflect.get(target, name, target);
        if (typeof found === "function") return counted(found as (...given: unknown[]) => unknown, target);
        return typeof found === "object" && found !== null ? wrap(found) : found;
      },
    });
  return {
    wrap,
    get stopped() {
      return stopped;
    },
  };
};

/**
 * Runs `round` with a world that stops at its first call, then at its second, and so on until one is not stopped
 * any more; each before and after the call.
 *
 * @returns how many stops there were
 */
export const atEveryCall = async (round: (faults: Faults, at: string) => Promise<void>): Promise<number> => {
  let stops = 0;
  for (const where of ["before", "after"] as const) {
    for (let nth = 1; ; nth++) {
      const faults = stopAt(nth, where);
      await round(faults, `${where} call ${nth}`);
      if (!faults.stopped) break;
      stops += 1;
    }
  }
  return stops;
};
