// Not imported: an ES module that imports `node:fs` also loads all that hangs on it, streams and promises, for 2 ms.
const { fstatSync, writeSync } = process.getBuiltinModule("node:fs");

const files = { stdin: 0, stdout: 1, stderr: 2 } as const;

/** Whether a terminal is there. Asks for Node's stream, which takes 3 ms to make, only where one may be. */
export const isTerminal = (name: keyof typeof files): boolean => {
  try {
    return fstatSync(files[name]).isCharacterDevice() && process[name].isTTY;
  } catch {
    return false;
  }
};

/**
 * Writes to one of the outputs before it returns, as Node's stream does for files, pipes and terminals, but without making
 * it. What cannot be written so (the reader has gone, or the pipe is full and does not wait) is given to the stream.
 */
export const writeNow = (name: "stdout" | "stderr", data: string | Uint8Array): void => {
  let rest = typeof data === "string" ? Buffer.from(data) : data;
  try {
    while (rest.length > 0) rest = rest.subarray(writeSync(files[name], rest));
  } catch {
    const stream = process[name];
    const leave = name === "stdout" ? leaveWithoutOutput : leaveWithoutTalk;
    if (stream.listenerCount("error", leave) === 0) stream.on("error", leave);
    stream.write(rest);
  }
};

let isNeeded = false;

/** From now on, until the answer is called, this process stays when nobody reads what it writes: a child depends on it. */
export const outliveReaders = (): (() => void) => {
  isNeeded = true;
  return () => {
    isNeeded = false;
  };
};

/** A reader that closed the pipe has what it wanted. What else goes wrong with talk, there is no place to tell. */
const leaveWithoutTalk = ({ code }: NodeJS.ErrnoException): void => {
  if (code === "EPIPE" && !isNeeded) process.exit(0);
};

const leaveWithoutOutput = (error: NodeJS.ErrnoException): void => {
  leaveWithoutTalk(error);
  if (isNeeded) return;
  const why = error.code === "ENOSPC" ? "the disk is full" : String(error.code);
  writeNow("stderr", `keyroll: standard output cannot be written: ${why}.\n  Send it somewhere else.\n`);
  process.exit(1);
};
