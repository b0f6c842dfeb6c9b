import { useQuery } from "@tanstack/react-query";
import { useParams } from "react-router";
import { client, keys } from "../../client.ts";
import { Loading } from "../../ui/loading.tsx";
import { Problem } from "../../ui/problem.tsx";
import { useWhere } from "../environment/where.ts";
import { Steps } from "./steps.tsx";

/** One deployment step by step, live. */
export const DeploymentPage = () => {
  const { app, env } = useWhere();
  const { number = "" } = useParams();
  const detail = useQuery({
    queryKey: keys.part(app, env, "deployment", number),
    queryFn: async () => await client.call("deployments.get", { params: { app, env, deployment: number } }),
  });
  if (detail.error !== null) return <Problem error={detail.error} retry={() => void detail.refetch()} />;
  if (detail.data === undefined) return <Loading what="the deployment" rows={8} />;
  return <Steps deployment={detail.data.deployment} journal={detail.data.journal} />;
};
