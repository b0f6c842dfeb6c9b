import { KeyrollError } from "@keyroll/contract/errors";

/** What a command says while it waits for a server that is away, once at each end of it. */
export interface Outage {
  /** Whether this is only an outage, which passes; then it has been said. */
  began(error: unknown): boolean;
  ended(): void;
}

export const createOutage = (say: (text: string) => void): Outage => {
  let isAway = false;
  return {
    began: (error) => {
      if (!(error instanceof KeyrollError) || error.exit !== 7) return false;
      if (!isAway) say(`${error.message} Asking again every 5 s; Ctrl-C ends.`);
      isAway = true;
      return true;
    },
    ended: () => {
      if (isAway) say("It answers again.");
      isAway = false;
    },
  };
};
