import { expect, test } from "vitest";
import { isThisGke, judgeGke } from "./gke.ts";

const cluster = "projects/shop-prod-1/locations/europe-west1/clusters/shop";
const key = "projects/shop-prod-1/locations/europe-west1/keyRings/ring/cryptoKeys/etcd";
const judged = (state: string | null, currentState: string | null, keyName: string | null = key) =>
  judgeGke(cluster, { state, currentState, keyName });

test.each([
  // What is comes before what is wanted.
  ["ENCRYPTED", "CURRENT_STATE_ENCRYPTED", "declared", key],
  ["ALL_OBJECTS_ENCRYPTION_ENABLED", "CURRENT_STATE_ALL_OBJECTS_ENCRYPTION_ENABLED", "declared", key],
  ["ENCRYPTED", "CURRENT_STATE_ENCRYPTION_PENDING", "unknown", "just now"],
  ["ENCRYPTED", "CURRENT_STATE_ENCRYPTION_ERROR", "unknown", "failed"],
  ["ENCRYPTED", "CURRENT_STATE_DECRYPTED", "not-encrypted", "no Secret"],
  ["ALL_OBJECTS_ENCRYPTION_ENABLED", "CURRENT_STATE_ALL_OBJECTS_ENCRYPTION_PENDING", "unknown", "just now"],
  ["ALL_OBJECTS_ENCRYPTION_ENABLED", "CURRENT_STATE_ALL_OBJECTS_ENCRYPTION_ERROR", "unknown", "failed"],
  ["DECRYPTED", "CURRENT_STATE_DECRYPTED", "not-encrypted", "no Secret"],
  ["DECRYPTED", "CURRENT_STATE_DECRYPTION_PENDING", "unknown", "just now"],
  ["DECRYPTED", "CURRENT_STATE_DECRYPTION_ERROR", "unknown", "failed"],
  ["DECRYPTED", "CURRENT_STATE_ENCRYPTED", "declared", key],
  // Older answers say only what is wanted.
  ["ENCRYPTED", null, "declared", key],
  ["ALL_OBJECTS_ENCRYPTION_ENABLED", "CURRENT_STATE_UNSPECIFIED", "declared", "all that its API keeps"],
  ["DECRYPTED", null, "not-encrypted", "no Secret"],
  ["UNKNOWN", null, "unknown", "says nothing"],
  [null, null, "unknown", "says nothing"],
  ["ENCRYPTED", "CURRENT_STATE_SOMETHING_NEW", "unknown", "says nothing"],
])("GKE's state %s, now %s: %s", (state, currentState, verdict, why) => {
  const found = judged(state, currentState);
  expect([found.state, found.message]).toEqual([verdict, expect.stringContaining(why)]);
  // What is not well comes with what to do.
  expect(found.next === null).toBe(verdict === "declared");
});

test("whose key it is stands in the label, and what to do names the cluster", () => {
  expect(judged("ENCRYPTED", null).label).toBe("declared by GKE (KMS, your key)");
  expect(judged("ENCRYPTED", null, null).label).toBe("declared by GKE (KMS)");
  expect(judged("DECRYPTED", null).next).toContain("update shop --project shop-prod-1 --location europe-west1");
});

const pem = (body: string, label = "CERTIFICATE"): string =>
  `-----BEGIN ${label}-----\n${body}\n-----END ${label}-----\n`;
const [own, other] = [pem("T1dO\nT1dO"), pem("T1RIRVI=")];
const dnsName = "gke-0a1b.europe-west1.gke.goog";

test.each([
  ["its authority", { ca: own }, true],
  ["its authority, in other lines", { ca: pem("T1dOT1dO") }, true],
  ["another authority", { ca: other }, false],
  // Whoever trusts a second authority may have come to a second cluster.
  ["its authority and another", { ca: own + other }, false],
  ["its authority, and one under another label", { ca: own + pem("T1RIRVI=", "X509 CERTIFICATE") }, false],
  ["no certificate", { ca: "-----BEGIN NOTHING-----" }, false],
  ["public authorities at its DNS name", { ca: null, server: `https://${dnsName}` }, true],
  ["public authorities for its DNS name", { ca: null, tlsServerName: dnsName }, true],
  ["public authorities at another name", { ca: null, server: `https://x.${dnsName}` }, false],
  ["public authorities for another name", { ca: null, server: `https://${dnsName}`, tlsServerName: "a.b" }, false],
  ["public authorities at its address", { ca: null }, false],
])("a connection that trusts %s is the same cluster: %s", (_, part, isSame) => {
  const credential = { server: "https://34.1.2.3", tlsServerName: null, ...part };
  expect(isThisGke(credential, { ca: own, dnsName })).toBe(isSame);
});

test("where Google tells of no authority and no name, nothing is the same", () => {
  const nothing = { ca: null, dnsName: null };
  const credential = { server: `https://${dnsName}`, tlsServerName: null };
  expect(isThisGke({ ...credential, ca: own }, nothing)).toBe(false);
  expect(isThisGke({ ...credential, ca: null }, nothing)).toBe(false);
});
