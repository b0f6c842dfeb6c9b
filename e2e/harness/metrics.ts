import { bootstrapToken, type TestServer } from "./server.ts";

/** Figures of an environment as whoever collects them reads them: those of the last five seconds. */
export const figuresOf = async (
  server: Pick<TestServer, "url">,
  { base }: { readonly base: string },
): Promise<Readonly<Record<string, number>>> => {
  const [, , app, , environment] = base.split("/");
  const headers = { authorization: `Bearer ${bootstrapToken}` };
  const text = await (await fetch(`${server.url}/metrics`, { headers })).text();
  const line = new RegExp(`^(\\w+)\\{app="${app}",environment="${environment}"\\} (\\S+)$`, "gmu");
  return Object.fromEntries([...text.matchAll(line)].map(([, name, value]) => [name, Number(value)]));
};
