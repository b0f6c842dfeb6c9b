import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openBrowser, openPage } from "../harness/browser.ts";
import { framesDrawn } from "../harness/frames.ts";
import {
  ask,
  deploy,
  makeHome,
  makeProcessEnvironment,
  startServer,
  type Home,
  type TestServer,
} from "../harness/server.ts";
import { setUpLink } from "../harness/person.ts";

const act = "globalThis.ranHere=1";

/** Ways in which text has become script elsewhere. */
const payloads = [
  `<script>${act}</script>`,
  `"><script>${act}</script>`,
  `'><script>${act}</script>`,
  `</textarea><script>${act}</script>`,
  `</title><script>${act}</script>`,
  `</style><script>${act}</script>`,
  `--><script>${act}</script>`,
  `<scr<script>ipt>${act}</scr</script>ipt>`,
  `<SCRIPT SRC=data:text/javascript,${act}></SCRIPT>`,
  `<script/x>${act}</script>`,
  `<img src=x onerror=${act}>`,
  `"><img src=x onerror=${act}>`,
  `<img src=x onerror="${act}"//`,
  `<img/src/onerror=${act}>`,
  `<image src=x onerror=${act}>`,
  `<svg onload=${act}>`,
  `<svg/onload=${act}>`,
  `<svg><script>${act}</script></svg>`,
  `<svg><animate onbegin=${act} attributeName=x dur=1s>`,
  `<svg><a xlink:href="javascript:${act}"><text x=20 y=20>x</text></a>`,
  `<math><mtext></form><form><mglyph><style></math><img src onerror=${act}>`,
  `<body onload=${act}>`,
  `<iframe src="javascript:${act}"></iframe>`,
  `<iframe srcdoc="<script>parent.ranHere=1</script>"></iframe>`,
  `<object data="javascript:${act}">`,
  `<embed src="javascript:${act}">`,
  `<video><source onerror=${act}></video>`,
  `<audio src=x onerror=${act}>`,
  `<input autofocus onfocus=${act}>`,
  `<select autofocus onfocus=${act}>`,
  `<textarea autofocus onfocus=${act}>`,
  `<details open ontoggle=${act}>`,
  `<marquee onstart=${act}>`,
  `<x onclick=${act} contenteditable autofocus onfocus=${act}>`,
  `<a href="javascript:${act}" autofocus>x</a>`,
  `<a href="java&#10;script:${act}">x</a>`,
  `<a href="data:text/html,<script>${act}</script>">x</a>`,
  `javascript:${act}`,
  `javascript:/*--></title></style></textarea></script><svg/onload='${act}'>*/`,
  `<form action="javascript:${act}"><button>x</button></form>`,
  `<button formaction="javascript:${act}">x</button>`,
  `<link rel=stylesheet href="data:text/css,*{color:red}">`,
  `<style>@import "data:text/css,*{color:red}";</style>`,
  `<base href="https://evil.example/">`,
  `<meta http-equiv="refresh" content="0;url=javascript:${act}">`,
  `<template><script>${act}</script></template>`,
  `<noscript><p title="</noscript><img src=x onerror=${act}>">`,
  `&lt;script&gt;${act}&lt;/script&gt;`,
  `&#x3C;img src=x onerror=${act}&#x3E;`,
  `\\u003cscript\\u003e${act}\\u003c/script\\u003e`,
  `%3Cscript%3E${act}%3C/script%3E`,
  `\${${act}}`,
  `{{constructor.constructor("${act}")()}}`,
  `#{${act}}`,
  `\`;${act}//`,
  `";${act};//`,
  `');${act};//`,
  `]]><script>${act}</script>`,
  `\u2028<script>${act}</script>\u2029`,
  `__proto__[ranHere]=1<img src=x onerror=${act}>`,
];

let home: Home;
let server: TestServer;
let browser: Browser;
const base = "/apps/shop/environments/dev";

beforeAll(async () => {
  home = await makeHome();
  server = await startServer(home);
  browser = await openBrowser();
});
afterAll(async () => {
  await browser.close();
  await server.stop();
  await home.remove();
});

test("60 payloads in every field that is shown run nothing", { timeout: 180_000 }, async () => {
  expect(payloads.length).toBe(60);
  const { page, complaints } = await openPage(browser);
  const hostile = `${payloads[0]}`.slice(0, 60);
  await page.goto((await setUpLink(server)).link);
  await page.getByLabel("Name").fill(hostile);
  await page.getByLabel("Password").fill("correct horse battery");
  await page.getByRole("button", { name: "Set up and sign in" }).click();
  await page.getByRole("heading", { name: "An app on this machine" }).waitFor();

  await makeProcessEnvironment(server);
  const two = { name: "two", connection: "here", kind: "sandbox" };
  await ask(server, "POST /apps/shop/environments", { body: two });
  for (const [index, payload] of payloads.entries()) {
    const name = `a${index}-x`;
    await ask(server, "POST /apps", { body: { name, title: payload.slice(0, 100) } });
    await ask(server, "POST /tokens", { body: { name: payload.slice(0, 100) } });
    const key = `KEY_${index}`;
    const saved = await ask(server, `PATCH ${base}/secrets`, {
      ifMatch: index,
      body: {
        set: { [key]: payload },
        meta: { [key]: { visible: true, note: payload, url: `https://example.com/?q=${encodeURIComponent(payload)}` } },
        message: payload,
      },
    });
    expect(saved.status, payload).toBe(200);
    if (index < 25) await ask(server, `POST ${base}/secrets/${key}/reveal`, { body: { reason: payload } });
  }
  await deploy(server, base);
  for (const [index, payload] of payloads.entries()) {
    const report = { host: payload.slice(0, 253), pid: index + 1, startedAt: Date.now(), revision: 1, keys: "all" };
    const told = await ask(server, `PUT ${base}/instances/i${index}`, { body: { ...report, state: "running" } });
    expect(told.status, payload).toBe(200);
  }

  const foreign: string[] = [];
  page.on("request", (request) => {
    const { protocol, origin } = new URL(request.url());
    if (protocol !== "data:" && origin !== server.url) foreign.push(request.url());
  });
  page.on("dialog", (dialog) => void dialog.dismiss().then(() => foreign.push(dialog.type())));
  const shown = new Map([
    ["/", "a59-x"],
    ["/apps/shop", "dev"],
    ["/apps/a0-x", "a0-x"],
    ["/apps/shop/dev", "60"],
    ["/apps/shop/dev/vars/secrets", "KEY_59"],
    ["/apps/shop/dev/vars/secrets?key=KEY_11", "KEY_11"],
    ["/apps/shop/dev/deployments", "1"],
    ["/apps/shop/dev/deployments/1", "KEY_59"],
    ["/apps/shop/dev/settings", "dev"],
    ["/compare?of=shop/dev,shop/two", "KEY_59"],
    ["/connections", "here"],
    ["/access", "bootstrap"],
    ["/audit", "bootstrap"],
    ["/profile", "Profile"],
    ["/find?q=KEY", "KEY_1"],
  ]);
  for (const [path, text] of shown) {
    await page.goto(server.url + path);
    await page.getByRole("main").getByText(text, { exact: false }).locator("visible=true").first().waitFor();
    // What a browser would run, it has run by the second frame after it was drawn.
    await framesDrawn(page);
    expect(await page.evaluate("globalThis.ranHere"), path).toBeUndefined();
  }
  expect(foreign).toEqual([]);
  expect(complaints).toEqual([]);
});

test("what a page may load and do is said by its policy", async () => {
  const { headers } = await fetch(server.url);
  const policy = headers.get("content-security-policy") ?? "";
  for (const rule of [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ])
    expect(policy.split("; ")).toContain(rule);
  expect(policy).not.toMatch(/unsafe|https?:|\*|data:/u);
});
