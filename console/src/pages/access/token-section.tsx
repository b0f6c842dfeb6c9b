import type { ReplyOf, Routes } from "@keyroll/contract";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { client, collect, keys } from "../../client.ts";
import { Ago } from "../../ui/ago.tsx";
import { Button } from "../../ui/button.tsx";
import { Confirm } from "../../ui/confirm.tsx";
import { Empty } from "../../ui/empty.tsx";
import { Loading } from "../../ui/loading.tsx";
import { Section } from "../../ui/page-head.tsx";
import { Problem } from "../../ui/problem.tsx";
import { Table } from "../../ui/table.tsx";
import { say } from "../../ui/toast.tsx";
import { useWho } from "../../who.ts";
import { CreateToken } from "./create-token.tsx";

type Token = ReplyOf<Routes["tokens.list"]>["items"][number];

const kinds: Readonly<Record<Token["kind"], string>> = {
  cli: "keyroll login",
  api: "made here",
  bootstrap: "KEYROLL_BOOTSTRAP_TOKEN",
};

const Revoke = ({ token, onClose }: { readonly token: Token; readonly onClose: () => void }) => {
  const queries = useQueryClient();
  const revoke = useMutation({
    mutationFn: async () => await client.call("tokens.revoke", { params: { token: token.id } }),
    onSuccess: async () => {
      onClose();
      say(`${token.name} is revoked.`);
      await queries.invalidateQueries({ queryKey: keys.tokens });
    },
  });
  return (
    <Confirm
      title={`Revoke ${token.name}?`}
      action="Revoke it"
      busy={revoke.isPending}
      error={revoke.error}
      onConfirm={() => revoke.mutate()}
      onClose={onClose}
    >
      <p>Whatever uses it is refused from the next request on. It cannot be taken back; a new token can be made.</p>
    </Confirm>
  );
};

/** Tokens with their use; their text is never shown again. */
export const TokenSection = () => {
  const who = useWho();
  const [open, setOpen] = useState<"new" | Token | null>(null);
  const close = (): void => setOpen(null);
  const tokens = useQuery({ queryKey: keys.tokens, queryFn: async () => await collect(client.all("tokens.list", {})) });
  return (
    <Section
      title="Tokens"
      actions={
        <Button kind="main" icon="add" onClick={() => setOpen("new")}>
          New token
        </Button>
      }
    >
      {tokens.error === null ? null : <Problem error={tokens.error} retry={() => void tokens.refetch()} />}
      {tokens.data === undefined ? (
        tokens.error === null && <Loading what="the tokens" rows={3} />
      ) : tokens.data.length === 0 ? (
        <Empty title="No token yet.">
          <p>A token lets a pipeline or a script call Keyroll. The command line makes its own at login.</p>
        </Empty>
      ) : (
        <Table
          label="Tokens"
          rows={tokens.data}
          keyOf={({ id }) => id}
          columns={[
            { head: "Token", cell: ({ name }) => name },
            { head: "From", cell: ({ kind }) => kinds[kind] },
            {
              head: "Made",
              cell: ({ createdAt, createdBy }) => (
                <>
                  <Ago at={createdAt} /> by {who(createdBy)}
                </>
              ),
            },
            { head: "Last used", cell: ({ lastUsedAt }) => (lastUsedAt === null ? "never" : <Ago at={lastUsedAt} />) },
            { head: "Ends", cell: ({ expires }) => (expires === null ? "never" : <Ago at={expires} />) },
            {
              head: "Revoke",
              kind: "end",
              unseen: true,
              cell: (token) => (
                <Button small kind="plain danger" aria-label={`Revoke ${token.name}`} onClick={() => setOpen(token)}>
                  Revoke
                </Button>
              ),
            },
          ]}
        />
      )}
      {open === "new" ? <CreateToken onClose={close} /> : null}
      {open === null || open === "new" ? null : <Revoke token={open} onClose={close} />}
    </Section>
  );
};
