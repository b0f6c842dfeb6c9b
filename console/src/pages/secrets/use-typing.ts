import { useEffect, useId, useRef } from "react";
import { noteUnsaved, onSignOut } from "../../unsaved.ts";

let isSignedOut = false;
onSignOut(() => {
  isSignedOut = true;
});

/**
 * Guards what is typed in a field and in no draft yet: closing the tab asks first, and when the field goes without an
 * answer (the page is left, somebody removed the key) `keep` makes a draft of it.
 *
 * @returns runs what ends the field on purpose: done, given up, or handed on
 */
export const useTyping = (isDirty: boolean, keep: () => void): ((end: () => void) => void) => {
  const scope = `typing: ${useId()}`;
  const left = useRef<(() => void) | null>(null);
  useEffect(() => {
    left.current = isDirty ? keep : null;
  });
  useEffect(() => {
    if (!isDirty) return undefined;
    noteUnsaved(scope, 1);
    return () => noteUnsaved(scope, 0);
  }, [isDirty, scope]);
  useEffect(() => {
    // Somebody is signed in, maybe again.
    isSignedOut = false;
    return () => {
      if (!isSignedOut) left.current?.();
    };
  }, []);
  return (end) => {
    left.current = null;
    end();
  };
};
