import { options } from "preact";

/** What a person does; whoever handles it counts on the effects of what was shown before. */
const acts = [
  "keydown",
  "beforeinput",
  "input",
  "change",
  "pointerdown",
  "pointerup",
  "click",
  "submit",
  "paste",
  "drop",
];
/** Milliseconds: a page in the background has no frames. */
const latest = 100;

/**
 * Effects run after the frame is painted, but never after the next thing that a person does: what is pressed right after
 * the last letter is sent with that letter. Preact alone only waits for the frame, and libraries keep in effects what their
 * handlers use, such as the newest function of a mutation.
 */
const runEffectsBeforeEvents = (): void => {
  let due: (() => void) | null = null;
  const run = (): void => {
    const effects = due;
    due = null;
    effects?.();
  };
  options.requestAnimationFrame = (effects) => {
    due = effects;
    const timer = setTimeout(run, latest);
    requestAnimationFrame(() => {
      clearTimeout(timer);
      // A task that a frame asks for comes after its paint.
      setTimeout(run);
    });
  };
  for (const act of acts) globalThis.addEventListener(act, run, { capture: true });
};

/** `spellCheck={false}` is an attribute that says no. Preact alone leaves it away, and the browser spells what is typed. */
const saySpellingIsOff = (): void => {
  const before = options.vnode?.bind(options);
  options.vnode = (vnode) => {
    const { type, props } = vnode;
    if (typeof type === "string" && Reflect.get(props, "spellCheck") === false)
      Reflect.set(props, "spellCheck", "false");
    before?.(vnode);
  };
};

/** What React does for those who write for it, and Preact leaves to them (decision 22). */
export const behaveAsReact = (): void => {
  runEffectsBeforeEvents();
  saySpellingIsOff();
};
