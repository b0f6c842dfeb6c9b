import type { ChildProcess } from "node:child_process";
import { once } from "node:events";

/** `http://127.0.0.1:PORT` of an emulator that took a free port itself and says so in its first line. */
export const addressOf = async (child: ChildProcess): Promise<string> => {
  if (child.stdout === null) throw new Error("the emulator cannot be heard");
  const [line] = await Promise.race([
    once(child.stdout, "data"),
    once(child, "exit").then(([code]) => {
      throw new Error(`the emulator ended with ${String(code)}`);
    }),
  ]);
  const [address] = /http:\/\/127\.0\.0\.1:\d+/u.exec(String(line)) ?? [];
  if (address === undefined) throw new Error(`the emulator does not say where it is: ${String(line)}`);
  return address;
};
