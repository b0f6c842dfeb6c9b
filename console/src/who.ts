import { useMe } from "./queries.ts";

/** Names as the signed-in person reads them: their own is "you". */
export const useWho = (): ((name: string) => string) => {
  const own = useMe().data?.me?.name;
  return (name) => (name === own ? "you" : name);
};
