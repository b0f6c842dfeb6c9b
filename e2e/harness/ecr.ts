import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { Sha256 } from "@smithy/core/checksum";
import { SignatureV4 } from "@smithy/signature-v4";

/** The server's own keys in tests: their signatures are checked. Keys of assumed roles are made by STS, which tells nobody. */
export const ownKeys = { AWS_ACCESS_KEY_ID: "AKIAKEYROLLSERVER000", AWS_SECRET_ACCESS_KEY: "canary-aws-secret-key" };

export interface Asked {
  readonly accessKey: string;
  readonly region: string;
}

const algorithm =
  /^AWS4-HMAC-SHA256 Credential=([A-Z0-9]+)\/\d{8}\/([a-z0-9-]+)\/ecr\/aws4_request, SignedHeaders=([a-z0-9;-]+), Signature=([0-9a-f]{64})$/u;

const target = "AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken";

/** Headers that must be signed, or somebody on the way could have changed them. */
const signed = ["content-type", "host", "x-amz-content-sha256", "x-amz-date", "x-amz-target"];

const signatureOf = async (headers: IncomingHttpHeaders, names: string[], body: string, region: string) => {
  const date = String(headers["x-amz-date"]).replace(
    /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/u,
    "$1-$2-$3T$4:$5:$6Z",
  );
  const credentials = { accessKeyId: ownKeys.AWS_ACCESS_KEY_ID, secretAccessKey: ownKeys.AWS_SECRET_ACCESS_KEY };
  const request = {
    method: "POST",
    protocol: "http:",
    hostname: String(headers.host),
    path: "/",
    headers: Object.fromEntries(names.map((name) => [name, String(headers[name])])),
    body,
  };
  const again = await new SignatureV4({ service: "ecr", region, credentials, sha256: Sha256 }).sign(request, {
    signingDate: new Date(date),
  });
  return algorithm.exec(String(again.headers["authorization"]))?.[4];
};

/**
 * ECR's API as far as signing in goes: POST in JSON 1.1, signed for the service `ecr`. Tokens are for `account`, and
 * like the real ones they tell where to use them.
 */
export const startEcr = async (account: string) => {
  const asked: Asked[] = [];
  const tokens: string[] = [];
  let life = 12 * 3600;
  let refusal: { readonly status: number; readonly body: string } | null = null;
  let endpoint = `https://${account}.dkr.ecr.eu-west-1.amazonaws.com`;
  const answerTo = async (headers: IncomingHttpHeaders, body: string): Promise<readonly [number, string]> => {
    const [, accessKey = "", region = "", names = "", signature = ""] =
      algorithm.exec(String(headers.authorization)) ?? [];
    const refuse = (type: string): readonly [number, string] => [400, JSON.stringify({ __type: type, message: "no" })];
    if (headers["x-amz-target"] !== target) return refuse("UnknownOperationException");
    if (headers["content-type"] !== "application/x-amz-json-1.1" || body !== "{}")
      return refuse("SerializationException");
    const list = names.split(";");
    if (!signed.every((name) => list.includes(name))) return refuse("InvalidSignatureException");
    if (accessKey === ownKeys.AWS_ACCESS_KEY_ID && (await signatureOf(headers, list, body, region)) !== signature)
      return refuse("InvalidSignatureException");
    // A session's keys mean nothing without its token.
    if (accessKey.startsWith("ASIA") && !list.includes("x-amz-security-token"))
      return refuse("UnrecognizedClientException");
    asked.push({ accessKey, region });
    if (refusal !== null) return [refusal.status, refusal.body];
    tokens.push(`canary-ecr-token-${tokens.length}-${process.pid}`);
    const authorizationToken = Buffer.from(`AWS:${tokens.at(-1)}`).toString("base64");
    const expiresAt = Date.now() / 1000 + life;
    return [200, JSON.stringify({ authorizationData: [{ authorizationToken, expiresAt, proxyEndpoint: endpoint }] })];
  };
  const server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (part: string) => {
      body += part;
    });
    request.on("end", () => {
      const isKnown = request.method === "POST" && request.url === "/";
      void (isKnown ? answerTo(request.headers, body) : Promise.resolve([404, "{}"] as const)).then(([status, text]) =>
        response.writeHead(status, { "content-type": "application/x-amz-json-1.1" }).end(text),
      );
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    /** Who signed in, in order; refused ones too. */
    asked,
    /** Passwords that were given, in order. */
    tokens,
    /** How long tokens hold that are given from now on, in seconds. */
    lasts: (seconds: number): void => {
      life = seconds;
    },
    /** Answers everybody so; null: gives tokens. */
    refuses: (status: number, body: object | string): void => {
      refusal = { status, body: typeof body === "string" ? body : JSON.stringify(body) };
    },
    gives: (): void => {
      refusal = null;
    },
    /** Where the tokens say that they are for. */
    pointsTo: (url: string): void => {
      endpoint = url;
    },
    stop: (): void => {
      server.closeAllConnections();
      server.close();
    },
  };
};

export type EcrService = Awaited<ReturnType<typeof startEcr>>;
