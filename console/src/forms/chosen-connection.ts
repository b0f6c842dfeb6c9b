import { useState } from "react";
import type { Connection } from "../client.ts";

/** The connection that somebody chooses among `all`, with the options of its field; `detail` tells them apart. */
export const useChosenConnection = (all: readonly Connection[], detail: (connection: Connection) => string) => {
  const [chosen, choose] = useState("");
  // Chosen once: what others make or remove meanwhile does not change what the form shows.
  if (chosen === "" && all[0] !== undefined) choose(all[0].name);
  const connection = all.find(({ name }) => name === chosen);
  const options = all.map((one) => ({ value: one.name, label: `${one.name} (${detail(one)})` }));
  if (chosen !== "" && connection === undefined) options.unshift({ value: chosen, label: `${chosen} (removed)` });
  return { chosen, connection, options, choose };
};
