import { DoorDialog } from "./door-dialog.tsx";

interface ReasonProps {
  /** "Compare production" */
  readonly what: string;
  /** The reason that was given last. */
  readonly before: string;
  readonly onReason: (reason: string) => void;
  readonly onClose: () => void;
}

/** Only the reason, for a page that asks by itself afterwards. */
export const ReasonDialog = ({ what, before, onReason, onClose }: ReasonProps) => (
  <DoorDialog
    door={{
      what,
      go: async ({ reason = "" }) => {
        onReason(reason);
        await Promise.resolve();
      },
      onFail: () => undefined,
    }}
    before={before}
    onReason={() => undefined}
    onClose={onClose}
  />
);
