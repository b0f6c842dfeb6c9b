import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useParams } from "react-router";
import { client, keys } from "../../client.ts";
import { to } from "../../paths.ts";
import { Loading } from "../../ui/loading.tsx";
import { Icon } from "../../ui/icon.tsx";
import { Menu, MenuItem } from "../../ui/menu.tsx";
import { PageHead, useTitle } from "../../ui/page-head.tsx";
import { Problem } from "../../ui/problem.tsx";
import { EnvironmentSection } from "./environment-section.tsx";
import { ReleaseSection } from "./release-section.tsx";
import { RemoveApp } from "./remove-app.tsx";
import { RenameApp } from "./rename-app.tsx";

export const AppPage = () => {
  const { app: name = "" } = useParams();
  useTitle(name);
  const [open, setOpen] = useState<"rename" | "remove" | null>(null);
  const app = useQuery({
    queryKey: keys.app(name),
    queryFn: async () => (await client.call("apps.get", { params: { app: name } })).app,
  });
  const crumbs = [{ to: to.apps(), label: "Apps" }];
  if (app.data === undefined) {
    return (
      <>
        <PageHead title={name} crumbs={crumbs} />
        {app.error === null ? (
          <Loading what="the app" />
        ) : (
          <Problem error={app.error} retry={() => void app.refetch()} />
        )}
      </>
    );
  }
  const close = (): void => setOpen(null);
  return (
    <>
      <PageHead
        title={name}
        crumbs={crumbs}
        beside={app.data.title === name ? undefined : <span className="quiet">{app.data.title}</span>}
        actions={
          <Menu label={`${name}: more`} className="button icon-only plain" end trigger={<Icon name="more" />}>
            <MenuItem icon="edit" onSelect={() => setOpen("rename")}>
              Change the title
            </MenuItem>
            <MenuItem
              icon="remove"
              isDangerous
              reason={app.data.environments > 0 ? "Remove its environments first." : null}
              onSelect={() => setOpen("remove")}
            >
              Remove {name}
            </MenuItem>
          </Menu>
        }
      />
      <EnvironmentSection app={name} />
      <ReleaseSection app={name} />
      {open === "rename" ? <RenameApp app={app.data} onClose={close} /> : null}
      {open === "remove" ? <RemoveApp app={name} onClose={close} /> : null}
    </>
  );
};
