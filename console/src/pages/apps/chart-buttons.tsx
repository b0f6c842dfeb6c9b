import { useRef } from "react";
import { Button } from "../../ui/button.tsx";
import { chosenFiles, type ChartFile } from "./chart-files.ts";

interface ChartButtonsProps {
  readonly busy?: boolean;
  readonly onChoose: (files: ChartFile[]) => void;
}

/** Two ways to choose a chart on this machine: packed, or as its folder. */
export const ChartButtons = ({ busy = false, onChoose }: ChartButtonsProps) => {
  const archive = useRef<HTMLInputElement>(null);
  const folder = useRef<HTMLInputElement>(null);
  const take = (input: HTMLInputElement): void => {
    if (input.files !== null && input.files.length > 0) onChoose(chosenFiles(input.files));
    // The same file again is another choice.
    input.value = "";
  };
  return (
    <>
      <Button small icon="upload" busy={busy} onClick={() => archive.current?.click()}>
        Choose a .tgz
      </Button>
      <Button small busy={busy} onClick={() => folder.current?.click()}>
        Choose a folder
      </Button>
      <input
        ref={archive}
        type="file"
        accept=".tgz,.tar.gz,application/gzip"
        hidden
        aria-label="Packed chart"
        onChange={(event) => take(event.currentTarget)}
      />
      <input
        ref={folder}
        type="file"
        {...{ webkitdirectory: true }}
        hidden
        aria-label="Folder of the chart"
        onChange={(event) => take(event.currentTarget)}
      />
    </>
  );
};
