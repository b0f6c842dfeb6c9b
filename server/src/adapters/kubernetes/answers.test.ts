import { expect, test } from "vitest";
import { failure } from "./answers.ts";

test.for([
  [
    "provider_denied",
    'Internal error occurred: failed calling webhook "a.example": Post "https://a.x.svc": connection refused',
  ],
  ["provider_unreachable", "etcdserver: leader changed"],
] as const)("%s is what an internal error of the cluster means", ([code, message]) => {
  expect(failure(500, { message }, "PATCH app-secrets").code).toBe(code);
});
