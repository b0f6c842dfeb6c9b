// `browser VERB` of a transcript: what Ada does in the browser, through the API that the console uses.
import { readFileSync } from "node:fs";

const person = { name: "ada", password: "correct horse battery" };
const url = process.env["KEYROLL_URL"] ?? "";
const [verb, file = ""] = process.argv.slice(2);

const post = async (path: string, body: object, cookie = ""): Promise<Response> => {
  const answer = await fetch(`${url}/api/v1${path}`, {
    method: "POST",
    headers: { "content-type": "application/json", "sec-fetch-site": "same-origin", cookie },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return answer;
};

/** The code that the terminal shows, when it does. */
const codeIn = async (path: string): Promise<string> => {
  for (const end = Date.now() + 20_000; Date.now() < end;) {
    const code = /\?code=(\S+)/u.exec(readFileSync(path, { encoding: "utf8", flag: "a+" }))?.[1];
    if (code !== undefined) return code;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error("the terminal showed no code");
};

if (verb === "set-up") {
  const [, code] = (process.env["SETUP_LINK"] ?? "").split("#");
  await post("/setup", { code, ...person });
} else {
  const cookie = (await post("/login", person)).headers.getSetCookie()[0]?.split(";")[0] ?? "";
  await post("/device/confirm", { userCode: await codeIn(file), allow: verb === "allow" }, cookie);
}
