import type { ReactNode } from "react";
import "./facts.css";

/** Names and what they are, under each other. A fact of `null` is left out. */
export const Facts = ({ facts }: { readonly facts: readonly (readonly [string, ReactNode])[] }) => (
  <dl className="facts">
    {facts
      .filter(([, what]) => what !== null)
      .map(([name, what]) => [<dt key={`${name}?`}>{name}</dt>, <dd key={name}>{what}</dd>])}
  </dl>
);
