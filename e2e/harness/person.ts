import { join } from "node:path";
import Database from "better-sqlite3";
import { Client } from "pg";
import { ask, until, type Home, type Reply, type TestServer } from "./server.ts";

const cookieOf = (reply: Reply): string => reply.headers.get("set-cookie")?.split(";")[0] ?? "";

/** Somebody at a browser, as far as HTTP goes: a cookie instead of a token. */
export interface Person {
  cookie: string;
  /** Like `ask`; takes a new cookie when the answer brings one. */
  ask(what: string, given?: { body?: unknown; ifMatch?: number }): Promise<Reply>;
}

const personOf = (server: Pick<TestServer, "url">, first: Reply): Person => {
  const person: Person = {
    cookie: cookieOf(first),
    ask: async (what, given = {}) => {
      const reply = await ask(server, what, { ...given, token: null, headers: { cookie: person.cookie } });
      if (reply.headers.get("set-cookie") !== null) person.cookie = cookieOf(reply);
      return reply;
    },
  };
  return person;
};

export const password = "correct horse battery";

/** The link with which a new server is set up, whole, and the code in it. */
export const setUpLink = async (server: TestServer): Promise<{ readonly link: string; readonly code: string }> => {
  const line = /(\S+\/setup#(\S+))\n/u;
  // It is the line after the address, and may be written after it.
  const output = await until(
    async () => await Promise.resolve(server.output()),
    (text) => line.test(text),
  );
  const [, link = "", code = ""] = line.exec(output) ?? [];
  return { link, code };
};

/** The first Administrator, `ada`, by the link that the server printed. */
export const setUp = async (server: TestServer): Promise<Person> => {
  const { code } = await setUpLink(server);
  const body = { code, name: "ada", password };
  return personOf(server, await ask(server, "POST /setup", { token: null, body }));
};

export const signIn = async (server: TestServer, secret = password): Promise<Person> =>
  personOf(server, await ask(server, "POST /login", { token: null, body: { name: "ada", password: secret } }));

/** One statement on the database of a server that is stopped: what only time would bring about. */
export const alter = async (home: Home, statement: string): Promise<void> => {
  if (home.databaseUrl === null) {
    const file = new Database(join(home.dataDir, "keyroll.db"));
    file.exec(statement);
    file.close();
    return;
  }
  const client = new Client({ connectionString: home.databaseUrl });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
};
