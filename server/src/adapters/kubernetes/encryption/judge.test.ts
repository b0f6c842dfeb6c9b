import { Buffer } from "node:buffer";
import { expect, test } from "vitest";
import { formOf, formOfKnown } from "./judge.ts";

const bytes = (text: string): Uint8Array => Buffer.from(text, "latin1");
const noise = "\x0a\xff\x00\x91rest";

test.each([
  ["k8s:enc:kms:v2:vault:", "KMS v2 (vault)", /^none$/u],
  ["k8s:enc:kms:v2:aws-encryption-provider:", "KMS v2 (aws-encryption-provider)", /^none$/u],
  ["k8s:enc:kms:v1:old:", "KMS v1 (old)", /move the provider to KMS v2/u],
  ["k8s:enc:aescbc:v1:key1:", "aescbc (key1)", /weak/u],
  ["k8s:enc:aesgcm:v1:key1:", "aesgcm (key1)", /200,000/u],
  ["k8s:enc:secretbox:v1:k1:", "secretbox (k1)", /configuration has the key/u],
])("%s is encrypted, and by whom is told", (prefix, how, advice) => {
  const form = formOf(bytes(prefix + noise));
  expect(form).toMatchObject({ kind: "encrypted", how });
  expect(form.kind === "encrypted" ? (form.advice ?? "none") : "").toMatch(advice);
});

test.each([
  ["protobuf of the identity provider", "k8s\0\x0a\x0c\x0a\x02v1\x12\x06Secret"],
  ["JSON of the identity provider", '{"kind":"Secret","apiVersion":"v1"}'],
])("%s is plain text", (_, raw) => expect(formOf(bytes(raw))).toEqual({ kind: "plain" }));

test.each([
  ["nothing", ""],
  ["a scheme that nobody knows", "k8s:enc:rot13:v1:key:"],
  ["a version that nobody knows", "k8s:enc:kms:v3:vault:"],
  ["a prefix without a provider", "k8s:enc:kms:v2::"],
  ["a prefix that does not end", "k8s:enc:kms:v2:vault"],
  ["a name that cannot be printed", "k8s:enc:kms:v2:va\x1b[31mult:"],
  ["a prefix that does not begin it", "xk8s:enc:kms:v2:vault:"],
  ["protobuf in another envelope", "k8s"],
])("%s is no proof of anything", (_, raw) => expect(formOf(bytes(raw + noise))).toEqual({ kind: "other" }));

test("content that can be read is plain text, whatever stands before it", () => {
  const content = bytes("canary\x00\x01\xfe");
  const under = (prefix: string, inside: Uint8Array | string): Uint8Array =>
    Buffer.concat([bytes(prefix), Buffer.from(inside)]);
  expect(formOfKnown(under("k8s:enc:kms:v2:fake:", content), content)).toEqual({ kind: "plain" });
  expect(formOfKnown(under("k8s:enc:kms:v2:fake:", Buffer.from(content).toString("base64")), content)).toEqual({
    kind: "plain",
  });
  expect(formOfKnown(under("k8s:enc:kms:v2:vault:", noise), content)).toMatchObject({ kind: "encrypted" });
});
