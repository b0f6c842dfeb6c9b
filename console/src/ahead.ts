/**
 * What the first page asks the server, asked before its scripts are there: answers that wait for scripts, or for each
 * other, take as long as all of them together. Whoever is not signed in gets refusals, which nobody sees; the pages ask
 * again.
 */

export const environmentAt = /^\/apps\/([^/]+)\/([^/]+)(?:\/|$)/u;

/** What the page at a path asks first; each once, by its whole address. */
export const questionsAt = (pathname: string): string[] => {
  const me = "/api/v1/me";
  if (pathname === "/") return [me, "/api/v1/apps?limit=200", "/api/v1/status?limit=200"];
  const [, app, env] = environmentAt.exec(pathname) ?? [];
  if (app === undefined || env === undefined) return [me];
  const environment = `/api/v1/apps/${app}/environments/${env}`;
  return [me, environment, `${environment}/secrets`, `${environment}/status`];
};

const answers = new Map<string, Promise<Response>>();

/** Milliseconds after which an answer is too old to be shown as the newest. */
const freshFor = 5000;

export const askAhead = (pathname: string): void => {
  for (const question of questionsAt(pathname)) {
    const answer = fetch(question, { headers: { accept: "application/json" }, redirect: "error" });
    answer.catch(() => undefined);
    answers.set(question, answer);
  }
  setTimeout(() => answers.clear(), freshFor);
};

/** `fetch`, which takes the answer to what was asked ahead; once, and not after anything was written. */
export const fetchOrTake: typeof fetch = async (input, init) => {
  if ((init?.method ?? "GET") !== "GET") answers.clear();
  const ahead = typeof input === "string" ? answers.get(input) : undefined;
  if (ahead === undefined) return await fetch(input, init);
  answers.delete(input as string);
  return await ahead;
};
