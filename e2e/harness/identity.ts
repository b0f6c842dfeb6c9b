import { generateKeyPairSync, sign } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** Somebody who signs tokens (JWT), with an elliptic or an RSA key. */
export const signer = (kind: "ec" | "rsa" = "ec") => {
  const { publicKey, privateKey } =
    kind === "ec"
      ? generateKeyPairSync("ec", { namedCurve: "P-256" })
      : generateKeyPairSync("rsa", { modulusLength: 2048 });
  const part = (what: object): string => Buffer.from(JSON.stringify(what)).toString("base64url");
  return {
    /** PEM. */
    publicKey: publicKey.export({ type: "spki", format: "pem" }),
    /** A token that is good for `seconds`; below zero: over since then. */
    token: (claims: object, seconds = 300): string => {
      const now = Math.floor(Date.now() / 1000);
      const times = { iat: now + Math.min(0, seconds) - 60, nbf: now + Math.min(0, seconds) - 60, exp: now + seconds };
      const text = `${part({ alg: kind === "ec" ? "ES256" : "RS256", typ: "JWT" })}.${part({ ...times, ...claims })}`;
      const signature = sign("sha256", Buffer.from(text), { key: privateKey, dsaEncoding: "ieee-p1363" });
      return `${text}.${signature.toString("base64url")}`;
    },
  };
};

export interface ServiceAccount {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

/** The claims of a service account's projected token. */
export const claimsOf = ({ namespace, name, uid }: ServiceAccount) => ({
  iss: "https://kubernetes.default.svc.cluster.local",
  sub: `system:serviceaccount:${namespace}:${name}`,
  aud: ["https://kubernetes.default.svc.cluster.local"],
  "kubernetes.io": { namespace, serviceaccount: { name, uid } },
});

/**
 * The one call of a Kubernetes API that Vault makes, `POST …/tokenreviews`, in the words of the real one
 * (authentication.k8s.io/v1). It knows the tokens that it is given and refuses the others.
 */
export const startTokenReview = async (known: ReadonlyMap<string, ServiceAccount>) => {
  const reviews: string[] = [];
  const server = createServer((request, reply) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      reviews.push(`${request.method} ${request.url}`);
      const { spec } = JSON.parse(Buffer.concat(chunks).toString() || "{}");
      const account = known.get(spec?.token);
      const status =
        account === undefined
          ? { authenticated: false, error: "[invalid bearer token, service account token has expired]" }
          : {
              authenticated: true,
              user: {
                username: `system:serviceaccount:${account.namespace}:${account.name}`,
                uid: account.uid,
                groups: [
                  "system:serviceaccounts",
                  `system:serviceaccounts:${account.namespace}`,
                  "system:authenticated",
                ],
              },
              audiences: spec.audiences,
            };
      const isReview = request.method === "POST" && request.url === "/apis/authentication.k8s.io/v1/tokenreviews";
      reply
        .writeHead(isReview ? 201 : 404, { "content-type": "application/json" })
        .end(
          JSON.stringify({ kind: "TokenReview", apiVersion: "authentication.k8s.io/v1", metadata: {}, spec, status }),
        );
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    reviews,
    stop: (): void => {
      server.closeAllConnections();
      server.close();
    },
  };
};
