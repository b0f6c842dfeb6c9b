import type { Io } from "./io.ts";
import { ask } from "./prompt.ts";

/** The process, as commands see it. */
export const nodeIo = (program: string): Io => {
  const { stdin, stdout, stderr } = process;
  // A reader that closed the pipe has what it wanted.
  for (const stream of [stdout, stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE") throw error;
      process.exit(0);
    });
  }
  return {
    env: process.env,
    cwd: process.cwd(),
    terminal: { input: stdin.isTTY, output: stdout.isTTY, talk: stderr.isTTY },
    out: (data) => void stdout.write(data),
    err: (text) => void stderr.write(text),
    read: async () => {
      const chunks: Uint8Array[] = [];
      for await (const chunk of stdin) chunks.push(typeof chunk === "string" ? Buffer.from(chunk) : (chunk as Buffer));
      return Buffer.concat(chunks);
    },
    ask: async (question, options) => await ask(stdin, stderr, question, options?.hidden ?? false),
    onStop: (listener) => {
      const signals: NodeJS.Signals[] = ["SIGINT", "SIGTERM", "SIGHUP"];
      for (const signal of signals) process.on(signal, listener);
      return () => {
        for (const signal of signals) process.off(signal, listener);
      };
    },
    program,
  };
};
