import type { Browser, Locator, Page, Request } from "playwright-core";
import { openPage } from "./browser.ts";
import { setUp, signIn, type Person } from "./person.ts";
import { ask, type TestServer } from "./server.ts";

/** A page of a browser of its own, signed in as Ada; everything that it sent is kept. */
export interface SecretsPage {
  readonly page: Page;
  readonly person: Person;
  readonly complaints: string[];
  readonly requests: readonly Request[];
  /** Shows Vars > Secrets of an environment of the app `shop`. */
  open(env: string, query?: string): Promise<void>;
  row(key: string): Locator;
  /** Adds a key with a value of one line, in the grid. */
  add(key: string, value: string): Promise<void>;
  /** Gives a row a new value of one line, in the grid. */
  change(key: string, value: string): Promise<void>;
  /** Opens the review and saves without a deployment. */
  save(message?: string): Promise<void>;
  dialog(): Locator;
}

/** App `shop` on this machine, with environments of these names; those that begin with `prod` are production. */
export const makeEnvironments = async (server: TestServer, names: readonly string[]): Promise<void> => {
  await ask(server, "POST /apps", { body: { name: "shop" } });
  await ask(server, "POST /connections", { body: { name: "here", cluster: { kind: "process" } } });
  for (const name of names) {
    const kind = name.startsWith("prod") ? "production" : "sandbox";
    await ask(server, "POST /apps/shop/environments", { body: { name, connection: "here", kind } });
  }
};

export const pathOf = (env: string): string => `/apps/shop/environments/${env}`;

/** What is saved, by the API. */
export const seed = async (server: TestServer, env: string, body: object, ifMatch = 0): Promise<void> => {
  const reply = await ask(server, `PATCH ${pathOf(env)}/secrets`, { ifMatch, body });
  if (reply.status !== 200) throw new Error(JSON.stringify(reply.body));
};

/** Values of the newest revision, by the API. */
export const valuesOf = async (server: TestServer, env: string): Promise<Record<string, unknown>> =>
  (await ask(server, `POST ${pathOf(env)}/bundle`, { body: { of: "saved" } })).body.values;

export const openSecretsPage = async (
  browser: Browser,
  server: TestServer,
  options: { readonly first?: boolean } = {},
): Promise<SecretsPage> => {
  const person = options.first === true ? await setUp(server) : await signIn(server);
  const { page, complaints } = await openPage(browser);
  const [name = "", value = ""] = person.cookie.split(/=(.*)/su);
  await page.context().addCookies([{ name, value, url: server.url }]);
  const requests: Request[] = [];
  page.on("request", (request) => requests.push(request));
  const row = (key: string): Locator =>
    page.locator("tr[data-row]").filter({ has: page.locator(`[data-key] code:text-is("${key}")`) });
  const dialog = (): Locator => page.getByRole("dialog");
  return {
    page,
    person,
    complaints,
    requests,
    row,
    dialog,
    open: async (env, query = "") => {
      await page.goto(`${server.url}/apps/shop/${env}/vars/secrets${query}`);
      await page.getByRole("heading", { name: "Secrets" }).waitFor();
      await page.getByRole("meter", { name: "Pairs" }).waitFor();
    },
    add: async (key, value) => {
      await page.getByRole("button", { name: /^Add/u }).click();
      await page.getByLabel("Key", { exact: true }).fill(key);
      await page.getByLabel("Value", { exact: true }).fill(value);
      await page.keyboard.press("Enter");
      await row(key).first().waitFor();
    },
    change: async (key, value) => {
      await row(key)
        .getByRole("button", { name: `Edit ${key}` })
        .click();
      await page.getByLabel("Value", { exact: true }).fill(value);
      await page.keyboard.press("Enter");
      await row(key).getByText("draft").waitFor();
    },
    save: async (message) => {
      await page.getByRole("button", { name: "Review" }).click();
      if (message !== undefined) await dialog().getByLabel("Message").fill(message);
      await dialog().getByRole("button", { name: "Save", exact: true }).click();
      await dialog().waitFor({ state: "detached" });
    },
  };
};
