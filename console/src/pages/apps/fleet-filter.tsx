import type { FleetStatus } from "../../client.ts";
import { Chips } from "../../ui/chips.tsx";
import { countsOf, stateWords, type Filter } from "./fleet.ts";

interface FleetFilterProps {
  readonly fleet: readonly FleetStatus[];
  readonly filter: Filter;
  /** How many environments the filter leaves. */
  readonly shown: number;
  readonly onFilter: (change: Partial<Filter>) => void;
}

/** Which environments are in sight: by state, and by a part of a name. */
export const FleetFilter = ({ fleet, filter, shown, onFilter }: FleetFilterProps) => (
  <search className="row no-print">
    <input
      type="search"
      className="input fleet-text"
      aria-label="Filter apps and environments"
      placeholder="filter by name"
      autoComplete="off"
      spellCheck={false}
      value={filter.text}
      onChange={(event) => onFilter({ text: event.target.value })}
    />
    <Chips
      label="Show"
      chips={[
        { value: "all" as const, words: "all", count: fleet.length },
        ...countsOf(fleet).map(({ state, count }) => ({ value: state, words: stateWords[state], count })),
      ]}
      chosen={filter.state ?? "all"}
      onChoose={(value) => onFilter({ state: value === "all" || value === filter.state ? null : value })}
    />
    <span className="unseen" role="status">
      {filter.text === "" && filter.state === null ? "" : `${shown} ${shown === 1 ? "environment" : "environments"}`}
    </span>
  </search>
);
