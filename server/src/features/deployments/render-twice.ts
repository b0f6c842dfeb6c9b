import type { Target, TargetGoal } from "../../ports/target.ts";
import type { RenderOptions, Rendered } from "../../ports/rendered.ts";

/**
 * Two renders of a goal, side by side. What differs between them is random: a trigger that restarts, or a Job that
 * cannot be upgraded.
 */
export const renderTwice = async (
  target: Target,
  goal: TargetGoal,
  options: RenderOptions,
): Promise<{ readonly first: Rendered | null; readonly second: Rendered | null }> => {
  const [first, second] = await Promise.all([target.render(goal, options), target.render(goal, options)]);
  return { first, second };
};
