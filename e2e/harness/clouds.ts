const variables = { gcp: "KEYROLL_GCP_ENDPOINT", azure: "KEYROLL_KEYVAULT_URL" } as const;

/** Where the testbed's emulator of a cloud's secret manager is: our own reading of its published API. */
export const emulated = (cloud: keyof typeof variables): URL => {
  const found = process.env[variables[cloud]];
  if (found) return new URL(found);
  throw new Error(`${variables[cloud]} is not set: testbed/emulators up ${cloud} && eval "$(testbed/emulators env)"`);
};
