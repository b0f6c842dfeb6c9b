import { existsSync } from "node:fs";
import { join } from "node:path";
import { KeyrollError } from "@keyroll/contract/errors";
import type { Verb } from "../command.ts";

/** This process becomes the server, which so gets every signal itself. */
export const serve: Verb = (command, act) => {
  command
    .description(
      "Run the server: console and API at KEYROLL_LISTEN (127.0.0.1:7340). Its settings are environment variables.",
    )
    .action(
      act(async (context) => {
        const program = ["../../server/dist/main.js", "../../server/src/main.ts"]
          .map((path) => join(context.program, path))
          .find((path) => existsSync(path));
        if (program === undefined) {
          throw new KeyrollError("not_found", "The server is not beside this program.", {
            next: "Build it in the checkout: `npm run build`.",
          });
        }
        if (process.execve === undefined)
          throw new KeyrollError(
            "bad_request",
            "`serve` needs a system where a process can become another one (not Windows).",
          );
        process.execve(process.execPath, [process.execPath, program]);
        await Promise.resolve();
      }),
    );
};
