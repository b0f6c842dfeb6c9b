import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { client, isCode } from "../client.ts";
import { to } from "../paths.ts";
import { setPreferences } from "../preferences.ts";
import { usePreferences } from "../use-preferences.ts";
import type { Identity } from "../session.ts";
import { Confirm } from "../ui/confirm.tsx";
import { Icon } from "../ui/icon.tsx";
import { Menu, MenuChoice, MenuGroup, MenuItem, MenuLine, MenuLink } from "../ui/menu.tsx";
import { clearUnsaved, unsavedTotal } from "../unsaved.ts";
import { places } from "./places.ts";
import { themes } from "./themes.ts";

const useSignOut = () =>
  useMutation({
    mutationFn: async () => {
      await client.call("access.logout").catch((error: unknown) => {
        // The login had ended already: that is what was asked for.
        if (!isCode(error, "not_signed_in")) throw error;
      });
    },
    onSuccess: () => {
      clearUnsaved();
      // The browser may keep this page whole for its Back button: whoever comes back has to sign in.
      globalThis.addEventListener("pageshow", () => globalThis.location.reload());
      globalThis.location.assign("/");
    },
  });

/** Who is signed in, the pages that the bar has no room for, the theme, and the way out. */
export const UserMenu = ({ identity }: { readonly identity: Identity }) => {
  const { theme } = usePreferences();
  const [isAsked, setIsAsked] = useState(false);
  const signOut = useSignOut();
  return (
    <div className="who">
      <Menu
        className="button plain"
        label={`${identity.name}: menu`}
        end
        trigger={
          <>
            <Icon name="user" />
            <span className="name">{identity.name}</span>
            <Icon name="down" />
          </>
        }
      >
        <MenuGroup label={`Signed in as ${identity.name}`}>
          <MenuLink to={to.profile()}>Profile</MenuLink>
        </MenuGroup>
        <MenuLine />
        <MenuLink to={to.apps()}>Apps</MenuLink>
        {places.map(({ to, label }) => (
          <MenuLink key={to} to={to}>
            {label}
          </MenuLink>
        ))}
        <MenuLink to={to.compare()}>Compare</MenuLink>
        <MenuLink to={to.find()}>Find a key</MenuLink>
        <MenuLine />
        <MenuGroup label="Theme">
          {themes.map(([value, label]) => (
            <MenuChoice key={value} isChosen={theme === value} onSelect={() => setPreferences({ theme: value })}>
              {label}
            </MenuChoice>
          ))}
        </MenuGroup>
        <MenuLine />
        <MenuItem onSelect={() => (unsavedTotal() > 0 ? setIsAsked(true) : signOut.mutate())}>Sign out</MenuItem>
      </Menu>
      {isAsked || signOut.error !== null ? (
        <Confirm
          title="Sign out?"
          action="Sign out"
          busy={signOut.isPending}
          error={signOut.error}
          onConfirm={() => signOut.mutate()}
          onClose={() => {
            signOut.reset();
            setIsAsked(false);
          }}
        >
          <p>What you typed and did not save is cleared with the login.</p>
        </Confirm>
      ) : null}
    </div>
  );
};
