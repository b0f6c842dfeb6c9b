export type { ContainerFacts, ContainerVerdict, Goal, PodFacts, TemplateRecord, Verdict, Write } from "./facts.ts";
export { judge, proven } from "./judge.ts";
export { nodeSkew } from "./skew.ts";
export { describeWaiting } from "./waiting.ts";
