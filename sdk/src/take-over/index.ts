export { comparePath, type PathDifference, type WantedPath } from "./path.ts";
export { planFacts, planOf, planSum, type Found, type Plan, type Wanted } from "./plan.ts";
export { takeOver, takePath, type Taking } from "./steps.ts";
