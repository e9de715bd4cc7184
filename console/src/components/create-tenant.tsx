import { Button, Group, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { ApiProblem, request } from "../api/client.ts";
import { paths, tenantsQuery } from "../api/queries.ts";
import type { Tenant } from "../api/types.ts";
import { Problem } from "./problem.tsx";

export function CreateTenant({ first }: { first: boolean }) {
  const [name, setName] = useState("");
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  const create = useMutation({
    mutationFn: () => request<Tenant>(paths.tenants, { method: "POST", body: { name: name.trim() } }),
    onSuccess: async (tenant) => {
      await queryClient.invalidateQueries({ queryKey: tenantsQuery().queryKey });
      await navigate({ to: "/t/$tenant/integrations", params: { tenant: tenant.id } });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    create.mutate();
  };
  const atName = create.error instanceof ApiProblem ? create.error.at("/name") : null;
  return (
    <form onSubmit={submit} noValidate>
      <Group align="flex-end" gap={8}>
        <TextInput
          label={first ? "Name of the first tenant" : "Add a tenant"}
          placeholder="Acme"
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          error={atName}
          style={{ flex: 1 }}
        />
        <Button type="submit" variant={first ? "filled" : "default"} loading={create.isPending} disabled={name.trim() === ""}>
          Create
        </Button>
      </Group>
      {create.error && !atName && (
        <div style={{ marginTop: 12 }}>
          <Problem error={create.error} what="The tenant could not be created" />
        </div>
      )}
    </form>
  );
}
