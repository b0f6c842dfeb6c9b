import type { Io } from "./io.ts";
import { ask } from "./prompt.ts";
import { isTerminal, outliveReaders, writeNow } from "./write-now.ts";

const stops: readonly NodeJS.Signals[] = ["SIGINT", "SIGTERM", "SIGHUP"];
/** Node would die of the first and the last and leave the child behind; of the other it opens its debugger. */
const others: readonly NodeJS.Signals[] = ["SIGQUIT", "SIGUSR1", "SIGUSR2"];

const listen = (signals: readonly NodeJS.Signals[], listener: (signal: NodeJS.Signals) => void): (() => void) => {
  for (const signal of signals) process.on(signal, listener);
  return () => {
    for (const signal of signals) process.off(signal, listener);
  };
};

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
  onStop: (listener) => listen(stops, listener),
  standBy: (listener) => {
    const endListening = listen([...stops, ...others], listener);
    const endOutliving = outliveReaders();
    return () => {
      endListening();
      endOutliving();
    };
  },
  program,
});
