// npm run screenshots: every page of the console, at 1280 px, at 320 px and dark, into docs/screenshots/.
// Needs the test cluster (`testbed/testbed up`, then `eval "$(testbed/testbed env)"`), a build and Chromium.
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { chromium, type Page } from "playwright-core";
import { kubectl, makeSite, chartFiles, type Site } from "./harness/cluster.ts";
import { framesDrawn } from "./harness/frames.ts";
import { ask, deploy, until } from "./harness/server.ts";

const folder = join(import.meta.dirname, "../docs/screenshots");
const person = { name: "ada@acme.example", password: "a long enough password" };
const app = "acme-shop";
const production = `/apps/${app}/environments/production`;

const must = async (server: Site["server"], what: string, options: object = {}): Promise<any> => {
  const reply = await ask(server, what, options);
  if (reply.status >= 300) throw new Error(`${what}: ${reply.status} ${JSON.stringify(reply.body)}`);
  return reply.body;
};

const used = ["DATABASE_URL", "REDIS_URL", "SESSION_SECRET", "SMTP_PASSWORD", "STRIPE_KEY"];
const pem =
  ["-----BEGIN", "CERTIFICATE-----\n"].join(" ") + "MIIDazCCAlOgAwIB\n".repeat(8) + "-----END CERTIFICATE-----\n";

/** A shop as a team would have it: one environment on the cluster, one beside it, one of processes. */
const furnish = async ({ server }: Site): Promise<void> => {
  const code = /\/setup#(\S+)/u.exec(
    await until(
      async () => await Promise.resolve(server.output()),
      (text) => text.includes("/setup#"),
    ),
  )?.[1];
  await must(server, "POST /setup", { token: null, body: { code, ...person } });
  await must(server, "POST /apps", { body: { name: app, title: "Acme shop" } });
  await must(server, "POST /apps", { body: { name: "billing", title: "Billing" } });
  await must(server, "POST /connections", { body: { name: "this-machine", cluster: { kind: "process" } } });
  const settings = { createNamespace: true, settleSeconds: 0, crashGraceSeconds: 5 };
  for (const [name, kind] of [
    ["production", "production"],
    ["staging", "sandbox"],
  ])
    await must(server, `POST /apps/${app}/environments`, { body: { name, kind, connection: "kube", settings } });
  await must(server, "POST /apps/billing/environments", {
    body: { name: "dev", connection: "this-machine", kind: "sandbox" },
  });
  await must(server, `POST /apps/${app}/releases`, { body: { files: chartFiles() } });
  await must(server, `PUT ${production}/values`, {
    ifMatch: 0,
    body: { text: `replicas: 3\nkeys: [${used.join(", ")}]\n` },
  });
  // One key more than staging has: preflight finds it missing.
  const more = { keys: [...used, "SEARCH_API_KEY"], replicas: 1 };
  await must(server, `PUT /apps/${app}/environments/staging/values`, {
    ifMatch: 0,
    body: { text: JSON.stringify(more) },
  });
  const set: Record<string, string> = {
    DATABASE_URL: "postgres://shop:kept-secret@db.acme.example/shop",
    REDIS_URL: "redis://:kept-secret@cache.acme.example:6379/0",
    SESSION_SECRET: "b6".repeat(24),
    SMTP_PASSWORD: "kept-secret-too",
    STRIPE_KEY: "not a real key",
    LOG_LEVEL: "info",
    FEATURE_FLAGS: '{"checkout": "new", "search": "old"}',
    TLS_CA: pem,
    OLD_TOKEN: "soon gone",
  };
  const meta = {
    LOG_LEVEL: { visible: true },
    STRIPE_KEY: {
      note: "Rolled in the payment console, by finance.",
      url: "https://dashboard.example.com/keys",
      rotateBy: "2026-01-31",
    },
  };
  await must(server, `PATCH ${production}/secrets`, {
    ifMatch: 0,
    body: { set, meta, message: "From the old cluster" },
  });
  await must(server, `PATCH /apps/${app}/environments/staging/secrets`, {
    ifMatch: 0,
    body: { set: { ...set, LOG_LEVEL: "debug" }, remove: [] },
  });
  await must(server, "PATCH /apps/billing/environments/dev/secrets", {
    ifMatch: 0,
    body: { set: { DATABASE_URL: "file:dev.db" } },
  });
  const first = await deploy(server, production);
  if (first.deployment.state !== "running") throw new Error(first.deployment.outcome);
  await must(server, `PATCH ${production}/secrets`, {
    ifMatch: 1,
    body: { set: { SMTP_PASSWORD: "rotated" }, retiresOld: ["SMTP_PASSWORD"], message: "Rotated after the audit" },
  });
  await deploy(server, production);
  await must(server, `PATCH ${production}/secrets`, {
    ifMatch: 2,
    body: {
      set: {
        DATABASE_URL: "postgres://shop:kept-secret@db2.acme.example/shop",
        SENTRY_DSN: "https://x@errors.example.com/1",
      },
      remove: ["OLD_TOKEN"],
      message: "The new database host",
    },
  });
};

const base = `/apps/${app}/production`;
const pages: readonly (readonly [name: string, path: string, shown: string])[] = [
  ["apps", "/", "Acme shop"],
  ["app", `/apps/${app}`, "staging"],
  ["overview", base, "instances run"],
  ["secrets", `${base}/vars/secrets`, "not used"],
  ["secret", `${base}/vars/secrets?key=STRIPE_KEY`, "by finance"],
  ["values", `${base}/vars/values`, "Version 1"],
  ["deployments", `${base}/deployments`, "last good"],
  ["deployment", `${base}/deployments/2`, "Pods by revision"],
  ["settings", `${base}/settings`, "Settings"],
  ["compare", `/compare?of=${app}/staging,billing/dev`, "DATABASE_URL"],
  ["find", "/find?q=database", "billing"],
  ["connections", "/connections", "kube"],
  ["access", "/access", person.name],
  ["audit", "/audit", "deployments.request"],
  ["profile", "/profile", "Sessions"],
];

const views = [
  { suffix: "", width: 1280, height: 800, scheme: "light" },
  { suffix: "-dark", width: 1280, height: 800, scheme: "dark" },
  { suffix: "-320", width: 320, height: 640, scheme: "light" },
] as const;

const shoot = async (page: Page, name: string): Promise<void> => {
  for (const { suffix, width, height, scheme } of views) {
    await page.setViewportSize({ width, height });
    await page.emulateMedia({ colorScheme: scheme, reducedMotion: "reduce" });
    const whole = await page.evaluate(() => {
      return document.querySelector("dialog[open]") === null ? document.documentElement.scrollHeight : 0;
    });
    // Rows out of sight are not drawn: the window grows to the page, and two frames later all of it is there.
    if (suffix !== "-320") await page.setViewportSize({ width, height: Math.max(height, whole) });
    await framesDrawn(page);
    await page.screenshot({ path: join(folder, `${name}${suffix}.png`), animations: "disabled" });
  }
};

/** Somebody edits the Secret in the cluster, beside Keyroll. */
const changeBesideKeyroll = async ({ server }: Site): Promise<void> => {
  const data = { LOG_LEVEL: Buffer.from("debug").toString("base64"), HOTFIX: Buffer.from("on").toString("base64") };
  const namespace = `${app}-production`;
  await kubectl("patch", "secret", "app-secrets", "-n", namespace, "--type=merge", "-p", JSON.stringify({ data }));
  await until(
    async () => await must(server, `GET ${production}/status`),
    ({ drift }) => drift.entries.length > 0,
  );
};

/** What is open over a page: pressed there, and waited for. */
const opened: readonly (readonly [name: string, path: string, button: RegExp, shown: string])[] = [
  ["deploy", `${base}/vars/secrets`, /^Deploy 3/u, "Restarts:"],
  ["deploy-stopped", `/apps/${app}/staging`, /^Deploy 1/u, "in spite of these errors"],
];

const changed: readonly (readonly [name: string, path: string, shown: string])[] = [
  ["apps-drift", "/", "changed"],
  ["overview-drift", base, "HOTFIX"],
  ["drift", `${base}/vars/secrets?open=drift`, "HOTFIX"],
];

const site = await makeSite();
const browser = await chromium.launch({
  executablePath: process.env["KEYROLL_CHROMIUM"] ?? "/usr/bin/chromium",
  args: ["--no-sandbox"],
});
try {
  await furnish(site);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  await page.goto(site.server.url);
  await page.getByLabel("Name").waitFor();
  await shoot(page, "login");
  await page.getByLabel("Name").fill(person.name);
  await page.getByLabel("Password").fill(person.password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("button", { name: `${person.name}: menu` }).waitFor();
  const go = async (path: string): Promise<void> => {
    await page.setViewportSize({ width: 1280, height: 800 });
    await page.goto(site.server.url + path);
  };
  const shootWhen = async (name: string, shown: string): Promise<void> => {
    await page.getByText(shown, { exact: false }).locator("visible=true").first().waitFor();
    await page.evaluate(async () => await document.fonts.ready);
    await shoot(page, name);
    process.stdout.write(`${name}\n`);
  };
  for (const [name, path, shown] of pages) {
    await go(path);
    await shootWhen(name, shown);
  }
  for (const [name, path, button, shown] of opened) {
    await go(path);
    await page.getByRole("button", { name: button, disabled: false }).click();
    await shootWhen(name, shown);
  }
  await changeBesideKeyroll(site);
  for (const [name, path, shown] of changed) {
    await go(path);
    await shootWhen(name, shown);
  }
} finally {
  await browser.close();
  for (const name of ["production", "staging"])
    await kubectl("delete", "namespace", `${app}-${name}`, "--ignore-not-found", "--wait=false");
  await site.stop();
}
