import type { Io } from "./io.ts";
import { ask } from "./prompt.ts";
import { isTerminal, writeNow } from "./write-now.ts";

/** The process, as commands see it. */
export const nodeIo = (program: string): Io => ({
  env: process.env,
  cwd: process.cwd(),
  // Each is asked when it is read: a stream that Node has made delays the command.
  terminal: {
    get input() {
      return isTerminal("stdin");
    },
    get output() {
      return isTerminal("stdout");
    },
    get talk() {
      return isTerminal("stderr");
    },
  },
  out: (data) => writeNow("stdout", data),
  err: (text) => writeNow("stderr", text),
  read: async () => {
    const chunks: Uint8Array[] = [];
    for await (const chunk of process.stdin)
      chunks.push(typeof chunk === "string" ? Buffer.from(chunk) : (chunk as Buffer));
    return Buffer.concat(chunks);
  },
  ask: async (question, options) => await ask(process.stdin, process.stderr, question, options?.hidden ?? false),
  onStop: (listener) => {
    const signals: NodeJS.Signals[] = ["SIGINT", "SIGTERM", "SIGHUP"];
    for (const signal of signals) process.on(signal, listener);
    return () => {
      for (const signal of signals) process.off(signal, listener);
    };
  },
  program,
});
