import { Group, Select, SimpleGrid, Stack, TextInput } from "@mantine/core";
import { useHotkeys } from "@mantine/hooks";
import { IconPlugConnected, IconSearch } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { type ReactNode, useRef } from "react";
import { integrationsQuery, providersQuery } from "../api/queries.ts";
import { IntegrationCard } from "../components/integration-card.tsx";
import { PageHeader } from "../components/page-header.tsx";
import { Problem } from "../components/problem.tsx";
import { ProviderCard } from "../components/provider-card.tsx";
import { Empty, LoadingRows } from "../components/states.tsx";
import { groupCatalogue } from "../lib/catalogue.ts";
import { categoryWord } from "../lib/words.ts";

const route = getRouteApi("/t/$tenant/integrations");

export function IntegrationsPage() {
  const { tenant } = route.useParams();
  const search = route.useSearch();
  const providers = useQuery(providersQuery());
  const integrations = useQuery(integrationsQuery(tenant));
  const error = providers.error ?? integrations.error;
  const retry = () => void Promise.all([providers.refetch(), integrations.refetch()]);
  const ready = providers.data && integrations.data;
  const groups = groupCatalogue(providers.data ?? [], integrations.data ?? [], search);
  const count = groups.connected.length + groups.attention.length + groups.available.length;
  return (
    <>
      <PageHeader title="Integrations" lead="The providers that this tenant works with. In sandbox mode a stand-in answers, and no real provider is called." />
      {ready && <Filters categories={[...new Set(providers.data.map((provider) => provider.category))]} />}
      {error && !ready && <Problem error={error} what="The integrations could not be loaded" onRetry={retry} />}
      {!ready && !error && <LoadingRows what="integrations" rows={4} height={120} />}
      {ready && count === 0 && (
        <Empty icon={IconPlugConnected} title="No provider matches">
          Try another word, or clear the category.
        </Empty>
      )}
      <Stack gap={28}>
        <Section title="Needs attention" count={groups.attention.length}>
          {groups.attention.map((entry) => (
            <IntegrationCard key={entry.integration.id} tenant={tenant} {...entry} />
          ))}
        </Section>
        <Section title="Connected" count={groups.connected.length}>
          {groups.connected.map((entry) => (
            <IntegrationCard key={entry.integration.id} tenant={tenant} {...entry} />
          ))}
        </Section>
        <Section title="Available" count={groups.available.length}>
          <SimpleGrid cols={{ base: 1, md: 2, xl: 3 }} spacing={12}>
            {groups.available.map((entry) => (
              <ProviderCard key={entry.provider.slug} tenant={tenant} {...entry} />
            ))}
          </SimpleGrid>
        </Section>
      </Stack>
    </>
  );
}

function Section({ title, count, children }: { title: string; count: number; children: ReactNode }) {
  if (count === 0) return null;
  const id = `group-${title.toLowerCase().replaceAll(" ", "-")}`;
  return (
    <section aria-labelledby={id}>
      <h2 id={id} className="ws-heading" style={{ marginBottom: 10 }}>
        {title} ({count})
      </h2>
      <Stack gap={12}>{children}</Stack>
    </section>
  );
}

/** Kept in the URL; "/" leads to the search from anywhere on the page. */
function Filters({ categories }: { categories: string[] }) {
  const { q, category } = route.useSearch();
  const navigate = route.useNavigate();
  const input = useRef<HTMLInputElement>(null);
  useHotkeys([["/", () => input.current?.focus()]]);
  const change = (next: { q?: string; category?: string }) => void navigate({ search: { q, category, ...next }, replace: true });
  return (
    <Group mb={20} gap={10}>
      <TextInput
        ref={input}
        type="search"
        aria-label="Search providers"
        aria-keyshortcuts="/"
        placeholder="Search providers ( / )"
        leftSection={<IconSearch size={16} />}
        value={q ?? ""}
        onChange={(event) => change({ q: event.currentTarget.value || undefined })}
        w={{ base: "100%", xs: 300 }}
      />
      <Select
        aria-label="Category"
        placeholder="All categories"
        clearable
        clearButtonProps={{ "aria-label": "All categories" }}
        data={categories.map((value) => ({ value, label: categoryWord(value) }))}
        value={category ?? null}
        onChange={(value) => change({ category: value ?? undefined })}
        w={200}
      />
    </Group>
  );
}
