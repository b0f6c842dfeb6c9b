import { useState } from "react";
import { Link, NavLink, useNavigate } from "react-router";
import { to } from "../paths.ts";
import type { Identity } from "../session.ts";
import { Icon } from "../ui/icon.tsx";
import { places } from "./places.ts";
import { Switcher } from "./switcher.tsx";
import { UserMenu } from "./user-menu.tsx";

const Find = () => {
  const navigate = useNavigate();
  const [text, setText] = useState("");
  return (
    <form
      className="find"
      role="search"
      onSubmit={(event) => {
        event.preventDefault();
        void navigate(to.find(text.trim()));
        setText("");
      }}
    >
      <Icon name="search" />
      <input
        className="input"
        type="search"
        aria-label="Find a key in all apps"
        placeholder="Find a key"
        value={text}
        onChange={(event) => setText(event.target.value)}
        autoComplete="off"
        autoCapitalize="off"
        spellCheck={false}
      />
    </form>
  );
};

/** Where one is, where one can go, and who one is. */
export const TopBar = ({ identity }: { readonly identity: Identity | null }) => (
  <header className="bar">
    <Link to={to.apps()} className="brand">
      Keyroll
    </Link>
    {identity === null ? null : (
      <>
        <Switcher />
        <nav className="places" aria-label="Places">
          {places.map(({ to, label }) => (
            <NavLink key={to} to={to}>
              {label}
            </NavLink>
          ))}
        </nav>
        <Find />
        <UserMenu identity={identity} />
      </>
    )}
  </header>
);
