/** Every address of the console. Nobody writes one by hand; names are encoded here. */

const part = encodeURIComponent;
const query = (given: Readonly<Record<string, string | number | undefined>>): string => {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(given))
    if (value !== undefined && value !== "") search.set(name, String(value));
  return search.size === 0 ? "" : `?${search.toString()}`;
};

const app = (name: string): string => `/apps/${part(name)}`;
/** The app's page with the form for a new environment of this deployment type open. */
const newEnvironment = (ofApp: string, type: string): string => `${app(ofApp)}${query({ new: type })}`;
const environment = (ofApp: string, env: string): string => `${app(ofApp)}/${part(env)}`;

export const to = {
  apps: (): string => "/",
  /** The list of apps with the form open; afterwards it goes on to an environment of this deployment type. */
  newApp: (type?: string): string => `/${query({ new: "app", type })}`,
  find: (text?: string): string => `/find${query({ q: text })}`,
  app,
  environment,
  newEnvironment,
  /** Above the pages of the environment's variables; no page of its own. */
  vars: (ofApp: string, env: string): string => `${environment(ofApp, env)}/vars`,
  secrets: (
    ofApp: string,
    env: string,
    open?: { readonly key?: string; readonly filter?: string; readonly open?: "drift" },
  ): string =>
    `${environment(ofApp, env)}/vars/secrets${query({ key: open?.key, filter: open?.filter, open: open?.open })}`,
  values: (ofApp: string, env: string): string => `${environment(ofApp, env)}/vars/values`,
  deployments: (ofApp: string, env: string): string => `${environment(ofApp, env)}/deployments`,
  deployment: (ofApp: string, env: string, number: number | string): string =>
    `${environment(ofApp, env)}/deployments/${part(String(number))}`,
  settings: (ofApp: string, env: string): string => `${environment(ofApp, env)}/settings`,
  /** Environments to compare, each as `app/env`. */
  compare: (...environments: readonly string[]): string => `/compare${query({ of: environments.join(",") })}`,
  connections: (): string => "/connections",
  /** The page of the connections with the form open; afterwards it goes on to an app of this deployment type. */
  newConnection: (type?: string): string => `/connections${query({ new: "kubernetes", type })}`,
  /** With the type of the environment that somebody is on the way to. */
  connection: (name: string, type?: string): string => `/connections/${part(name)}${query({ type })}`,
  access: (): string => "/access",
  audit: (filter: { readonly app?: string; readonly action?: string; readonly actor?: string } = {}): string =>
    `/audit${query(filter)}`,
  profile: (): string => "/profile",
  setup: (): string => "/setup",
  device: (): string => "/device",
} as const;
