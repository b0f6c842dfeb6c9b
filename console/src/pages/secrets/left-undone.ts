import type { ReplyOf, Routes } from "@keyroll/contract";
import { say } from "../../ui/toast.tsx";

const leftUndone: ReadonlySet<string> = new Set(["not-purged", "not-deployed"]);

/** Says what did not follow a save although it was wanted: nothing else in sight shows that. */
export const sayLeftUndone = ({ warnings }: Pick<ReplyOf<Routes["secrets.change"]>, "warnings">): void => {
  for (const { id, message } of warnings) if (leftUndone.has(id)) say(message);
};
