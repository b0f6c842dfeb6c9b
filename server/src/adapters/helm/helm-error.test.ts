import { expect, test } from "vitest";
import { helmError } from "./helm-error.ts";

test.for([
  [
    "provider_unreachable",
    'Error: Kubernetes cluster unreachable: Get "https://10.0.0.1:6443/version": dial tcp 10.0.0.1:6443: connect: connection refused',
  ],
  // Helm 4 writes it small.
  [
    "provider_unreachable",
    'Error: kubernetes cluster unreachable: Get "https://10.0.0.1:6443/version": read tcp 10.0.0.2:3-\u003e10.0.0.1:6443: read: connection reset by peer',
  ],
  ["provider_unreachable", 'Error: UPGRADE FAILED: Get "https://10.0.0.1:6443/api/v1/namespaces/a/secrets": EOF'],
  ["invalid", "Error: parse error at (shop/templates/app.yaml:3): unexpected EOF"],
  [
    "provider_denied",
    'Error: UPGRADE FAILED: failed to create resource: Internal error occurred: failed calling webhook "a.example": failed to call webhook: Post "https://a.x.svc:443/v": dial tcp 10.0.0.9:443: connect: connection refused',
  ],
  ["provider_denied", 'Error: secrets is forbidden: User "a" cannot list resource "secrets"'],
  ["in_use", "Error: UPGRADE FAILED: another operation (install/upgrade/rollback) is in progress"],
] as const)("%s is what Helm's words mean", ([code, said]) => {
  expect(helmError(said, "upgrade shop").code).toBe(code);
});

test.for(['{"annotations":{"a":"b: c"},"Env":[{"Value":"x"}]}', 'core.PodTemplateSpec{Env: {Value: "x"}}'])(
  "of an object that the cluster refuses the reason is told, and not the object: %s",
  (object) => {
    const said = `Error: UPGRADE FAILED: Job.batch "seed" is invalid: spec.template: Invalid value: ${object}: field is immutable`;
    expect(helmError(said, "upgrade shop").message).toBe(
      'Helm could not upgrade shop: UPGRADE FAILED: Job.batch "seed" is invalid: spec.template: Invalid value: …: field is immutable',
    );
  },
);
