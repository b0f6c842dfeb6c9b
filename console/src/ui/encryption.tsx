import type { Environment } from "../client.ts";
import type { Tone } from "./banner.tsx";
import { State } from "./state.tsx";
import { Words } from "./words.tsx";

type Encryption = NonNullable<Environment["encryption"]>;

const tones: Readonly<Record<Encryption["state"], Tone>> = {
  verified: "good",
  declared: "good",
  "not-encrypted": "bad",
  unknown: "warn",
};

/** How a cluster keeps Secrets, in a few words. */
export const EncryptionState = ({ encryption }: { readonly encryption: Encryption | null }) =>
  encryption === null ? (
    <State tone="warn">not looked at yet</State>
  ) : (
    <State tone={tones[encryption.state]}>{encryption.label}</State>
  );

/** What that rests on, and what to do next. */
export const EncryptionWords = ({ encryption }: { readonly encryption: Encryption }) => (
  <>
    <p>
      <Words text={encryption.message} />
    </p>
    {encryption.next === null ? null : (
      <p>
        <Words text={encryption.next} />
      </p>
    )}
  </>
);
