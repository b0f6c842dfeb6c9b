import type { RouteSpec } from "@keyroll/contract";
import type { Context } from "hono";
import { streamSSE } from "hono/streaming";
import { readJournal } from "../database/journal.ts";
import { loadSubject } from "../features/subject.ts";
import type { Host } from "../features/host.ts";
import type { Call, Verb } from "../features/verb.ts";
import { KeyrollError } from "@keyroll/contract/errors";
import { actorOfSession, actorOfToken } from "../features/access/authenticate.ts";
import { isAllowed } from "../features/actor.ts";
import type { Env } from "./problem.ts";
import { cookieOf } from "./cookie.ts";

/** How often the journal is looked at unasked: a word of the database may have been lost with its connection. */
const lookEvery = 5000;
const heartbeat = 15_000;
const recheck = 60_000;
const kept = 24 * 3600 * 1000;
const atOnce = 200;

/**
 * The journal of an environment as server-sent events. `id` is the sequence; `start` says where it begins, and how old
 * the newest entry is; a client that was away longer than a day gets `reset` and reads the state anew. Rights are checked
 * again each minute, and at once when a session or token ends or a member changes.
 */
export const streamJournal = async (
  host: Host,
  verb: Verb<RouteSpec>,
  call: Call,
  c: Context<Env>,
): Promise<Response> => {
  // The verb checks the permission and answers where the journal stands.
  const { result } = await verb.run(host, call);
  const { environment } = await loadSubject(verb.route.path, call.params, host.db, () => true);
  if (environment === undefined) throw new KeyrollError("not_found", "There is no such environment.");
  const asked = c.req.header("last-event-id") ?? c.req.query("after");
  let after = asked !== undefined && /^\d{1,15}$/u.test(asked) ? Number(asked) : lastOf(result);
  return streamSSE(c, async (stream) => {
    let beat = host.clock.now();
    let checked = beat;
    const bell = createBell(host);
    // Heard before the first look: what is committed between the two rings.
    const forget = host.changes.watch([`journal:${environment.id}`, "access"], (topic) => {
      if (topic === "access") checked = 0;
      bell.ring();
    });
    stream.onAbort(() => bell.ring());
    try {
      const [newest] = await readJournal(host.db, environment.id, lastOf(result) - 1, 1);
      const age = newest === undefined ? null : Math.max(0, beat - newest.at);
      await stream.writeSSE({ event: "start", data: JSON.stringify({ age }), id: String(after) });
      const [first] = await readJournal(host.db, environment.id, after, 1);
      if (first !== undefined && first.at < beat - kept) {
        after = lastOf(result);
        await stream.writeSSE({ event: "reset", data: "{}", id: String(after) });
      }
      while (!stream.aborted && !stream.closed) {
        bell.hush();
        if (host.clock.now() - checked >= recheck) {
          checked = host.clock.now();
          if (!(await stillAllowed(host, verb.route, c))) return;
        }
        const rows = await readJournal(host.db, environment.id, after, atOnce);
        for (const row of rows) {
          await stream.writeSSE({ id: String(row.seq), event: "journal", data: JSON.stringify(row) });
          after = row.seq;
        }
        const now = host.clock.now();
        if (rows.length > 0) beat = now;
        if (now - beat >= heartbeat) {
          await stream.write(": still here\n\n");
          beat = now;
        }
        if (rows.length < atOnce) await bell.wait(lookEvery);
      }
    } finally {
      forget();
    }
  });
};

/** Ends a wait at its ring; one that rang since the last hush is not waited for. */
const createBell = (host: Host): { ring(): void; hush(): void; wait(ms: number): Promise<void> } => {
  let rung = new AbortController();
  return {
    ring: () => rung.abort(),
    hush: () => {
      if (rung.signal.aborted) rung = new AbortController();
    },
    wait: async (ms) => await host.clock.sleep(ms, rung.signal).catch(() => undefined),
  };
};

const lastOf = (result: unknown): number => {
  const seq: unknown = typeof result === "object" && result !== null ? Reflect.get(result, "seq") : undefined;
  return typeof seq === "number" ? seq : 0;
};

const stillAllowed = async (host: Host, route: RouteSpec, c: Context<Env>): Promise<boolean> => {
  const token = /^Bearer (\S+)$/u.exec(c.req.header("authorization") ?? "")?.[1];
  const cookie = cookieOf(host.publicUrl, c.req.header("cookie"));
  try {
    const actor =
      token === undefined ? await actorOfSession(host, cookie ?? "", false) : await actorOfToken(host, token);
    return isAllowed(actor, route.permission);
  } catch {
    return false;
  }
};
