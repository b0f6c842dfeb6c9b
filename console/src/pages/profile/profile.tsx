import { themes } from "../../frame/themes.ts";
import { useMe } from "../../queries.ts";
import { setPreferences } from "../../preferences.ts";
import { usePreferences } from "../../use-preferences.ts";
import { Ago } from "../../ui/ago.tsx";
import { Facts } from "../../ui/facts.tsx";
import { Radios, Switch } from "../../ui/field.tsx";
import { Kbd } from "../../ui/kbd.tsx";
import { PageHead, Section, useTitle } from "../../ui/page-head.tsx";
import { PasswordForm } from "./password-form.tsx";
import { Sessions } from "./sessions.tsx";

const Look = () => {
  const { theme, shortcuts } = usePreferences();
  return (
    <div className="narrow">
      <Radios
        legend="Theme"
        options={themes.map(([value, label]) => ({ value, label }))}
        value={theme}
        onChange={(chosen) => setPreferences({ theme: chosen })}
      />
      <Switch
        label="Keyboard shortcuts"
        hint={
          <>
            Such as <Kbd>/</Kbd> to filter and <Kbd>?</Kbd> for help. They never work while you type.
          </>
        }
        checked={shortcuts}
        onChange={(event) => setPreferences({ shortcuts: event.target.checked })}
      />
    </div>
  );
};

export const ProfilePage = () => {
  useTitle("Profile");
  const { data } = useMe();
  const me = data?.me ?? null;
  return (
    <>
      <PageHead title="Profile" />
      {me === null ? null : (
        <Facts
          facts={[
            ["Name", me.name],
            ["Role", me.role],
            ["Signed in", <Ago key="since" at={me.since} />],
            ["This login ends", me.expires === null ? null : <Ago key="expires" at={me.expires} />],
            ["Keyroll", data?.version ?? null],
          ]}
        />
      )}
      <Section title="This browser">
        <Look />
      </Section>
      <Section title="Sessions">
        <Sessions />
      </Section>
      <Section title="Password">
        <PasswordForm />
      </Section>
    </>
  );
};
