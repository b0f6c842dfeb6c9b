import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { inspect } from "node:util";
import { KeyrollError } from "@keyroll/contract/errors";
import { expect, onTestFinished, test } from "vitest";
import { testHost } from "../../../../e2e/harness/store-host.ts";
import { createEgress } from "../egress/egress.ts";
import { guardedLookup } from "../egress/connect.ts";
import { createRest, type Call } from "./rest.ts";

const canary = "canary-in-the-body";

/** A provider that answers so, or breaks the connection; it repeats what it heard. */
const provider = async (answer: (nth: number) => { readonly status: number; readonly after?: string } | "breaks") => {
  const heard: { readonly headers: Readonly<Record<string, unknown>> }[] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk) => (body += String(chunk)));
    request.on("end", () => {
      heard.push({ headers: request.headers });
      const given = answer(heard.length);
      if (given === "breaks") request.socket.destroy();
      else
        response
          .writeHead(given.status, { location: "/elsewhere", ...(given.after ? { "retry-after": given.after } : {}) })
          .end(JSON.stringify({ error: `refused: ${body}` }));
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { clock, ...host } = testHost();
  const waits: number[] = [];
  const rest = createRest({
    base: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`),
    host: { ...host, clock: { ...clock, sleep: async (wait) => void waits.push(wait) } },
    bucket: "test",
    authorize: async (_call, _body, fresh) => ({ authorization: fresh ? "new" : "old" }),
  });
  return { rest, heard, waits };
};

const write = (repeats: boolean): Call => ({
  method: "POST",
  path: "/secret",
  body: { value: canary },
  what: "set on `secret`",
  repeats,
});

const errorOf = async (what: Promise<unknown>): Promise<KeyrollError> => {
  const error: unknown = await what.then(
    (answer) => new Error(inspect(answer)),
    (refused: unknown) => refused,
  );
  if (!(error instanceof KeyrollError)) throw error;
  expect(inspect(error, { depth: Infinity, showHidden: true })).not.toContain(canary);
  return error;
};

test.each([
  ["breaks", false, "indeterminate", 1],
  ["breaks", true, "provider_unreachable", 4],
  [500, false, "indeterminate", 1],
  [503, true, "provider_unreachable", 4],
  [307, true, "provider_unreachable", 4],
  [429, false, "provider_throttled", 8],
] as const)("an answer that is %s, to a call that repeats: %s, ends as %s", async (status, repeats, code, calls) => {
  const { rest, heard } = await provider(() => (status === "breaks" ? status : { status }));
  expect((await errorOf(rest.ask(write(repeats)))).code).toBe(code);
  expect(heard.length).toBe(calls);
});

test("what is throttled or lost for a moment is asked again, as late as the provider says", async () => {
  const { rest, waits } = await provider((nth) => {
    if (nth === 1) return { status: 429, after: "3" };
    return nth === 2 ? "breaks" : { status: 200 };
  });
  expect((await rest.ask(write(true))).status).toBe(200);
  expect(waits[0]).toBe(3000);
});

test("a date to come back at is waited for, by the provider's clock", async () => {
  const { rest, waits } = await provider((nth) =>
    nth === 1 ? { status: 503, after: new Date(testHost().clock.now() + 5000).toUTCString() } : { status: 200 },
  );
  expect((await rest.ask(write(true))).status).toBe(200);
  // Both are whole seconds.
  expect([4000, 5000]).toContain(waits[0]);
});

test("a refused proof is replaced once; a second refusal is the answer", async () => {
  const { rest, heard } = await provider(() => ({ status: 401 }));
  expect((await rest.ask(write(false))).status).toBe(401);
  expect(heard.map(({ headers }) => headers["authorization"])).toEqual(["old", "new"]);
});

test("the egress rules are asked at the moment of connecting", async () => {
  const { clock, random, pacer } = testHost();
  const base = new URL("http://localhost:9");
  const rest = createRest({
    base,
    host: { clock, random, pacer },
    bucket: "test",
    lookup: guardedLookup(base, createEgress({ listensOnLoopback: false, allow: "" })),
    authorize: async () => ({}),
  });
  expect((await errorOf(rest.ask(write(true)))).code).toBe("invalid");
});
