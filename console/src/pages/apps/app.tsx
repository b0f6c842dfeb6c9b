import { useParams } from "react-router";
import { to } from "../../paths.ts";
import { PageHead, useTitle } from "../../ui/page-head.tsx";
import { EnvironmentSection } from "./environment-section.tsx";

export const AppPage = () => {
  const { app = "" } = useParams();
  useTitle(app);
  return (
    <>
      <PageHead title={app} crumbs={[{ to: to.apps(), label: "Apps" }]} />
      <EnvironmentSection app={app} />
    </>
  );
};
