import { useEffect, useState } from "react";

/**
 * The value as it was when the last frame was painted: what is typed is seen first, and the list that follows from it
 * after that.
 */
export const useAfterPaint = <T>(value: T): T => {
  const [painted, setPainted] = useState(value);
  // Effects run when the frame is there.
  useEffect(() => setPainted(() => value), [value]);
  return painted;
};
