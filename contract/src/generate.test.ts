import { expect, test } from "vitest";
import { routes } from "./index.ts";
import { pathsSource } from "./generate.ts";
import { paths } from "./paths.ts";

test("the generated list agrees with the route table", () => {
  expect(paths).toEqual(
    Object.fromEntries(Object.entries(routes).map(([id, route]) => [id, [route.method, route.path]])),
  );
  expect(pathsSource()).toContain('"secrets.change": ["PATCH", ');
});
