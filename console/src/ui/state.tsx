import type { ReactNode } from "react";
import type { Tone } from "./banner.tsx";
import "./state.css";

/** What a thing is, such as production. */
export const Badge = ({ tone = "plain", children }: { readonly tone?: Tone; readonly children: ReactNode }) => (
  <span className={`badge ${tone}`}>{children}</span>
);

/** How a thing stands now. The word says it; colour and dot only repeat it. */
export const State = ({ tone = "plain", children }: { readonly tone?: Tone; readonly children: ReactNode }) => (
  <span className={`state ${tone}`}>{children}</span>
);

interface MeterProps {
  readonly label: string;
  readonly value: number;
  readonly most: number;
  /** The figures as people read them, such as "87 of 100". */
  readonly text: string;
}

/** How much of a limit is used; it warns at three quarters. */
export const Meter = ({ label, value, most, text }: MeterProps) => {
  const share = most === 0 ? 0 : Math.min(1, value / most);
  const tone = share >= 1 ? "bad" : share >= 0.75 ? "warn" : "plain";
  return (
    <span className={`meter ${tone}`}>
      <span
        className="meter-bar"
        role="meter"
        aria-label={label}
        aria-valuenow={value}
        aria-valuemin={0}
        aria-valuemax={most}
        aria-valuetext={text}
      >
        <i style={{ width: `${share * 100}%` }} />
      </span>
      <span>{text}</span>
    </span>
  );
};
