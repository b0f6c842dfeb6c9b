import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { addressOf } from "./emulator.ts";

const programs = {
  gcp: { file: "gcp-fake.mjs", port: "KEYROLL_GCP_PORT" },
  azure: { file: "keyvault-fake.mjs", port: "KEYROLL_KEYVAULT_PORT" },
} as const;

/** Makes the service's clock run faster: its seconds, and the Date of its answers. */
const hurried = (factor: number): string =>
  `data:text/javascript,${encodeURIComponent(`
    import { ServerResponse } from "node:http";
    const now = Date.now, began = now(), { writeHead } = ServerResponse.prototype;
    Date.now = () => began + (now() - began) * ${factor};
    ServerResponse.prototype.writeHead = function (...given) {
      this.setHeader("date", new Date(Date.now()).toUTCString());
      return writeHead.apply(this, given);
    };
  `)}`;

/**
 * A cloud's secret manager for one test file, in memory: the testbed's emulator, which is our own reading of the
 * published API (testbed/EMULATORS.md).
 * @param haste how many times faster than ours the service's clock runs
 */
export const startCloud = async (cloud: keyof typeof programs, haste = 1) => {
  const { file, port: variable } = programs[cloud];
  const program = fileURLToPath(new URL(`../../testbed/emulators.d/${file}`, import.meta.url));
  const child = spawn(process.execPath, ["--import", hurried(haste), program], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { [variable]: "0" },
  });
  const url = new URL(await addressOf(child));
  return {
    url,
    config: async (part: Readonly<Record<string, unknown>>): Promise<void> => {
      await fetch(new URL("/_keyroll/config", url), { method: "POST", body: JSON.stringify(part) });
    },
    /** One call as an administrator of the provider. @throws with the answer unless it is a success. */
    administer: async (what: string, body?: unknown): Promise<any> => {
      const [method = "GET", path = ""] = what.split(" ");
      const answer = await fetch(new URL(path, url), {
        method,
        headers: { authorization: "Bearer admin" },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await answer.text();
      if (!answer.ok) throw new Error(`${what}: ${answer.status} ${text}`);
      return text === "" ? null : JSON.parse(text);
    },
    stop: (): void => void child.kill("SIGTERM"),
  };
};
