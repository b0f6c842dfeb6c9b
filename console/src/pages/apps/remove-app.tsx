import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "react-router";
import { client, keys } from "../../client.ts";
import { to } from "../../paths.ts";
import { Confirm } from "../../ui/confirm.tsx";
import { say } from "../../ui/toast.tsx";

export const RemoveApp = ({ app, onClose }: { readonly app: string; readonly onClose: () => void }) => {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const remove = useMutation({
    mutationFn: async () => await client.call("apps.remove", { params: { app } }),
    onSuccess: async () => {
      await navigate(to.apps());
      say(`${app} is removed.`);
      await queries.invalidateQueries({ queryKey: keys.apps });
    },
  });
  return (
    <Confirm
      title={`Remove ${app}?`}
      action={`Remove ${app}`}
      typed={app}
      busy={remove.isPending}
      error={remove.error}
      onConfirm={() => remove.mutate()}
      onClose={onClose}
    >
      <p>Its releases go with it. The audit keeps what was done. This cannot be undone.</p>
    </Confirm>
  );
};
