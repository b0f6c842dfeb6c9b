import type { Progress } from "./client.ts";

/** For people: `Saving: 31 of 44 written, about 5 s left`. */
export const progressText = ({ written, of, secondsLeft }: Progress): string => {
  if (written === null || of === null) return "Saving…";
  const left = secondsLeft === null ? "" : `, about ${secondsLeft} s left`;
  return `Saving: ${written} of ${of} written${left}`;
};
