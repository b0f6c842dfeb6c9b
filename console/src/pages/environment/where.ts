import { useParams } from "react-router";

/** The environment that the address names. */
export const useWhere = (): { readonly app: string; readonly env: string } => {
  const { app = "", env = "" } = useParams();
  return { app, env };
};
