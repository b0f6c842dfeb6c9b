import { expect, test } from "vitest";
import { failure, waitOf } from "./answers.ts";

test.for([
  [
    "provider_denied",
    'Internal error occurred: failed calling webhook "a.example": Post "https://a.x.svc": connection refused',
  ],
  ["provider_unreachable", "etcdserver: leader changed"],
] as const)("%s is what an internal error of the cluster means", ([code, message]) => {
  expect(failure(500, { message }, "PATCH app-secrets").code).toBe(code);
});

test.for<[Readonly<Record<string, string>>, number | null]>([
  [{ "retry-after": "3" }, 3000],
  [{ "retry-after": "Thu, 26 Nov 2026 10:00:07 GMT", date: "Thu, 26 Nov 2026 10:00:00 GMT" }, 7000],
  [{ "retry-after": "soon" }, null],
  [{}, null],
])("%o asks for %s ms", ([headers, wait]) => {
  expect(waitOf(headers)).toBe(wait);
});
