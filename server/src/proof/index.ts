export type {
  ContainerFacts,
  ContainerVerdict,
  Goal,
  Look,
  PodFacts,
  TemplateRecord,
  Verdict,
  Write,
} from "./facts.ts";
export { isCounted, isRun, judge, proven } from "./judge.ts";
export { nodeSkew } from "./skew.ts";
export { describeWaiting } from "./waiting.ts";
