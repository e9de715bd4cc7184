import { Button, Group, Modal, VisuallyHidden } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconCircleCheck, IconCircleX, IconHelpCircle, IconKey, IconPlugConnected, IconShieldLock } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { request } from "../api/client.ts";
import { integrationsQuery, paths } from "../api/queries.ts";
import type { Integration, Provider } from "../api/types.ts";
import { announce } from "../lib/announce.ts";
import { humanise } from "../lib/words.ts";
import { CopyText } from "./copy-button.tsx";
import { FormerSecrets } from "./former-secrets.tsx";
import { ExternalLink } from "./links.tsx";
import { Problem } from "./problem.tsx";
import { ProviderIdentity } from "./provider-identity.tsx";
import styles from "./provider.module.css";
import { RotateCredentials } from "./rotate-credentials.tsx";
import { StatusBadge, ToneBadge } from "./status-badge.tsx";
import { Time } from "./time.tsx";
import { WebhookSources } from "./webhook-sources.tsx";

export function IntegrationCard({ tenant, provider, integration }: { tenant: string; provider: Provider; integration: Integration }) {
  const queryClient = useQueryClient();
  const [rotating, rotation] = useDisclosure(false);
  const [choosing, sources] = useDisclosure(false);
  const test = useMutation({
    mutationFn: () => request(`${paths.integration(tenant, integration.id)}/test`, { method: "POST", body: {} }),
    onSettled: () => queryClient.invalidateQueries({ queryKey: integrationsQuery(tenant).queryKey }),
    onSuccess: () => announce(`The test of ${provider.name} is finished`),
  });
  const badges = (
    <>
      <StatusBadge kind="integration" value={integration.status} />
      <StatusBadge kind="mode" value={integration.mode} />
    </>
  );
  return (
    <article className={`ws-card ${styles["card"]}`} aria-label={`${provider.name}, ${integration.mode}`}>
      <Group justify="space-between" align="flex-start">
        <ProviderIdentity provider={provider} badges={badges} />
        <Group gap={14}>
          <ExternalLink href={provider.docs.api}>
            Vendor’s docs <VisuallyHidden>({provider.name})</VisuallyHidden>
          </ExternalLink>
          {integration.webhookUrl && (
            <Button variant="default" size="xs" leftSection={<IconShieldLock size={15} />} onClick={sources.open}>
              Who may send <VisuallyHidden>({provider.name})</VisuallyHidden>
            </Button>
          )}
          {provider.capabilities.length > 0 && (
            <Button
              variant="default"
              size="xs"
              leftSection={<IconPlugConnected size={15} />}
              loading={test.isPending}
              onClick={() => test.mutate()}
            >
              Test connection <VisuallyHidden>({provider.name})</VisuallyHidden>
            </Button>
          )}
          {integration.mode === "live" && (
            <Button variant="default" size="xs" leftSection={<IconKey size={15} />} onClick={rotation.open}>
              Rotate credentials <VisuallyHidden>({provider.name})</VisuallyHidden>
            </Button>
          )}
        </Group>
      </Group>
      <dl className={styles["facts"]}>
        <dt>Health</dt>
        <dd>
          <Health health={integration.health} />
        </dd>
        {integration.webhookUrl && (
          <>
            <dt>Webhook URL</dt>
            <dd>
              <CopyText value={integration.webhookUrl} label={`Copy the webhook URL of ${provider.name}`} />
            </dd>
          </>
        )}
        {integration.webhookUrl && (
          <>
            <dt>Webhooks from</dt>
            <dd>{sourcesInWords(integration)}</dd>
          </>
        )}
        <Secrets credentials={integration.credentials} />
        {integration.rotation.length > 0 && (
          <>
            <dt>Former ones</dt>
            <dd>
              <FormerSecrets path={paths.integration(tenant, integration.id)} former={integration.rotation} shownBy={[[...integrationsQuery(tenant).queryKey]]} />
            </dd>
          </>
        )}
        <dt>Added</dt>
        <dd>
          <Time at={integration.createdAt} inline />
        </dd>
      </dl>
      <Modal opened={rotating} onClose={rotation.close} title={`Rotate the credentials of ${provider.name}`} closeButtonProps={{ "aria-label": "Close" }} centered styles={{ title: { fontWeight: 650 } }}>
        <RotateCredentials tenant={tenant} integration={integration} onClose={rotation.close} />
      </Modal>
      {test.error && (
        <div style={{ marginTop: 12 }}>
          <Problem error={test.error} what="The test failed" />
        </div>
      )}
      <Modal opened={choosing} onClose={sources.close} title={`Who may send webhooks of ${provider.name}`} closeButtonProps={{ "aria-label": "Close" }} centered styles={{ title: { fontWeight: 650 } }}>
        <WebhookSources tenant={tenant} provider={provider} integration={integration} onClose={sources.close} />
      </Modal>
    </article>
  );
}

function sourcesInWords({ allowedIps, webhookRateLimit }: Integration): string {
  const from = allowedIps === null ? "any address" : allowedIps.length === 0 ? "nobody: the list is empty" : `${allowedIps.length} ${allowedIps.length === 1 ? "address or range" : "addresses and ranges"}`;
  return webhookRateLimit === null ? from : `${from}, at most ${webhookRateLimit} a second`;
}

function Health({ health }: { health: Integration["health"] }) {
  if (!health?.checkedAt) return <ToneBadge plain word="Not checked yet" tone="neutral" icon={IconHelpCircle} />;
  const failed = health.ok === false;
  return (
    <Group gap={8}>
      {failed ? (
        <ToneBadge plain word={health.lastError ?? "The last check failed"} tone="negative" icon={IconCircleX} />
      ) : (
        <ToneBadge plain word="Answers" tone="positive" icon={IconCircleCheck} />
      )}
      <span>
        checked <Time at={health.checkedAt} inline />
      </span>
    </Group>
  );
}

/** What is known of the secrets: their last characters and their age, never the secrets. */
function Secrets({ credentials }: { credentials: Integration["credentials"] }) {
  const fields = Object.entries(credentials);
  if (fields.length === 0) return null;
  return (
    <>
      <dt>Credentials</dt>
      <dd>
        {fields.map(([field, { last4 }], index) => (
          <span key={field}>
            {index > 0 && " · "}
            {humanise(field)} <span className="ws-mono">…{last4}</span>
          </span>
        ))}
      </dd>
    </>
  );
}
