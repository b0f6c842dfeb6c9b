import { afterAll, beforeAll } from "vitest";
import { makeHome, makeProcessEnvironment, startServer, type Home, type TestServer } from "./server.ts";

/**
 * One server for the tests of a file, on a data folder of its own, with an environment of type process: there before
 * the tests, gone after them. `base` is the path of the environment.
 */
export const withServer = (given: (started: { readonly server: TestServer; readonly base: string }) => void): void => {
  let home: Home | undefined;
  let server: TestServer | undefined;
  beforeAll(async () => {
    home = await makeHome();
    server = await startServer(home);
    given({ server, base: await makeProcessEnvironment(server) });
  });
  afterAll(async () => {
    await server?.stop();
    await home?.remove();
  });
};
