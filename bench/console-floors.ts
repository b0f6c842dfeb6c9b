import { readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { build } from "esbuild";
import { root } from "./programs.ts";

/** Addresses of pages with less to do than the console has. */
export interface Floors {
  /** One sentence, without a script or a style. */
  readonly sentence: string;
  /** The same sentence, shown by Preact. */
  readonly preact: string;
  /** The console's own page and styles, with a few lines of script that filter and edit its rows. */
  readonly plain: string;
  close(): void;
}

const words = "All that is saved is live.";
const preactScript = async (): Promise<string> => {
  const { outputFiles } = await build({
    stdin: {
      contents: `import { h, render } from "preact";
        render(h("p", null, ${JSON.stringify(words)}), document.querySelector("#root"));`,
      resolveDir: join(root, "console"),
    },
    bundle: true,
    minify: true,
    write: false,
    format: "esm",
  });
  return outputFiles.map(({ text }) => text).join("");
};

/** Goes to the page as it is: what the console does at these keys, done by the page's own means alone. */
const plainScript = (): void => {
  const filter = document.querySelector<HTMLInputElement>('[aria-label="Filter keys"]');
  filter?.addEventListener("input", () => {
    for (const row of document.querySelectorAll<HTMLElement>("tr[data-row]"))
      row.hidden = !row.dataset["row"]?.toLowerCase().includes(filter.value);
  });
  document.addEventListener("keydown", (event) => {
    if (!(event.target instanceof HTMLElement)) return;
    const row = event.target.closest<HTMLElement>("tr[data-row]");
    const cell = row?.children[1];
    if (row === null || cell === undefined) return;
    if (event.key === "e" && event.target.matches("[data-key]")) {
      const input = document.createElement("input");
      input.className = "input code";
      input.ariaLabel = "Value";
      cell.replaceChildren(input);
      input.focus();
      event.preventDefault();
    } else if (event.key === "Enter" && event.target instanceof HTMLInputElement) {
      row.dataset["kind"] = "draft";
      cell.textContent = "••••••";
      row.querySelector<HTMLElement>("[data-key]")?.focus();
    }
  });
};

/** @param html what the console has made of its page with a hundred keys, when it is asked for */
export const startFloors = async (html: () => string): Promise<Floors> => {
  const assets = join(root, "console/dist/assets");
  const styles = readdirSync(assets)
    .filter((name) => name.endsWith(".css"))
    .map((name) => readFileSync(join(assets, name), "utf8"))
    .join("\n");
  const still = (): string => html().replaceAll(/<script[^]*?<\/script>|<link rel="modulepreload"[^>]*>/gu, "");
  const page = { type: "text/html; charset=utf-8" };
  const script = { type: "text/javascript" };
  const answers: Readonly<Record<string, { readonly type: string; readonly body: string | (() => string) }>> = {
    "/sentence": { ...page, body: `<!doctype html><title>Bare</title><p>${words}</p>` },
    "/preact": {
      ...page,
      body: '<!doctype html><title>Preact</title><script type="module" src="/preact.js"></script><div id="root"></div>',
    },
    "/preact.js": { ...script, body: await preactScript() },
    "/plain": { ...page, body: () => `${still()}<script src="/plain.js"></script>` },
    "/plain.js": { ...script, body: `(${plainScript.toString()})();` },
  };
  const server = createServer((request, response) => {
    const path = request.url ?? "/";
    const answer = path.endsWith(".css") ? { type: "text/css", body: styles } : answers[path];
    response.writeHead(answer === undefined ? 404 : 200, { "content-type": answer?.type ?? "text/plain" });
    response.end(typeof answer?.body === "function" ? answer.body() : answer?.body);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  const at = (path: string): string => `http://127.0.0.1:${port}/${path}`;
  return { sentence: at("sentence"), preact: at("preact"), plain: at("plain"), close: () => server.close() };
};
