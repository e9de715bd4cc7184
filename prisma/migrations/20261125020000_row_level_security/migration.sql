-- Postgres itself keeps tenants apart. Processes log in and then take a role by duty (src/db/roles.ts); each role has the
-- commands and columns that its statements need, and row-level security decides over the rows.

-- Roles belong to the whole server: another database on it may have made them, or be making them at this moment. Whoever
-- migrates becomes a member, so that one login serves for everything; where it may not, another login is to be a member.
DO $$
DECLARE
  duty TEXT;
  settable BOOLEAN;
BEGIN
  FOREACH duty IN ARRAY ARRAY['waystation_app', 'waystation_ingest', 'waystation_dispatch', 'waystation_relay', 'waystation_gate', 'waystation_upkeep'] LOOP
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = duty) THEN
      BEGIN
        EXECUTE format('CREATE ROLE %I NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOREPLICATION', duty);
      EXCEPTION
        WHEN duplicate_object OR unique_violation THEN NULL;
        WHEN insufficient_privilege THEN
          RAISE EXCEPTION 'the role % is missing and % may not create roles: create the six waystation_ roles first (NOLOGIN), or give it CREATEROLE for this migration', duty, current_user
            USING ERRCODE = 'insufficient_privilege';
      END;
    END IF;
    FOR attempt IN 1..20 LOOP
      settable := pg_has_role(current_user, duty, CASE WHEN current_setting('server_version_num')::int >= 160000 THEN 'SET' ELSE 'MEMBER' END);
      EXIT WHEN settable;
      BEGIN
        EXECUTE format('GRANT %I TO CURRENT_USER%s', duty, CASE WHEN current_setting('server_version_num')::int >= 160000 THEN ' WITH INHERIT FALSE, SET TRUE' ELSE '' END);
      EXCEPTION
        -- "tuple concurrently updated" is an internal error to Postgres: somebody else granted the same.
        WHEN internal_error OR unique_violation THEN PERFORM pg_sleep(0.05);
        WHEN insufficient_privilege THEN EXIT;
      END;
    END LOOP;
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO %I', current_schema(), duty);
  END LOOP;
END $$;

-- What every role may do: no columns means all of them. The app role sees the rows of the tenant that its transaction names,
-- and those of the platform itself where the transaction says so; the others work for all tenants at once, each at its duty.
DO $$
DECLARE
  given RECORD;
  command TEXT;
  condition TEXT;
  tenant CONSTANT TEXT := 'NULLIF(current_setting(''app.tenant_id'', true), '''')';
  platform CONSTANT TEXT := 'current_setting(''app.platform'', true) = ''on''';
BEGIN
  FOR given IN SELECT * FROM (VALUES
    ('app', 'tenant', 'SELECT, INSERT, UPDATE', NULL),
    ('app', 'api_key', 'SELECT, INSERT, UPDATE', NULL),
    ('app', 'integration', 'SELECT, INSERT, UPDATE', NULL),
    ('app', 'webhook_endpoint', 'SELECT, INSERT, UPDATE', NULL),
    ('app', 'webhook_event', 'SELECT, INSERT', NULL),
    ('app', 'webhook_delivery', 'SELECT, INSERT, UPDATE', NULL),
    ('app', 'delivery_attempt', 'SELECT', NULL),
    ('app', 'event_type', 'SELECT, INSERT, UPDATE', NULL),
    ('app', 'recovery_job', 'SELECT, INSERT, UPDATE', NULL),
    ('app', 'inbound_event', 'SELECT, UPDATE', NULL),
    ('app', 'inbound_body', 'SELECT', NULL),
    ('app', 'external_reference', 'SELECT, INSERT', NULL),
    ('app', 'former_secret', 'SELECT, INSERT, UPDATE', NULL),
    ('app', 'candidate', 'SELECT, INSERT', NULL),
    ('app', 'verification', 'SELECT, INSERT, UPDATE', NULL),
    ('app', 'verification_attempt', 'SELECT, INSERT, UPDATE', NULL),
    ('app', 'document', 'SELECT, INSERT, UPDATE', NULL),
    ('app', 'timeline_entry', 'SELECT, INSERT', NULL),
    ('app', 'audit_entry', 'SELECT, INSERT', NULL),
    ('app', 'run', 'SELECT, INSERT, UPDATE', NULL),
    ('app', 'outbox_command', 'SELECT, INSERT', NULL),
    ('app', 'idempotency_record', 'SELECT, INSERT, UPDATE, DELETE', NULL),
    -- Accepting events and recording what came in, many tenants in one statement. No secret, and nothing is changed.
    ('ingest', 'tenant', 'SELECT', 'id, strict_event_types, event_rate_limit'),
    ('ingest', 'event_type', 'SELECT', 'tenant_id, name, version, schema, archived_at'),
    ('ingest', 'webhook_endpoint', 'SELECT', 'id, tenant_id, shard, event_types, channels, filter, enabled, deleted_at'),
    ('ingest', 'webhook_event', 'SELECT', 'tenant_id, id, type, payload, channels, created_at'),
    ('ingest', 'webhook_event', 'INSERT', 'tenant_id, id, type, payload, payload_bytes, channels'),
    ('ingest', 'webhook_delivery', 'SELECT', 'tenant_id, event_id, endpoint_id'),
    ('ingest', 'webhook_delivery', 'INSERT', 'id, tenant_id, event_id, endpoint_id, shard, status, next_attempt_at'),
    ('ingest', 'inbound_event', 'SELECT', 'id, integration_id, external_id, status, body_id'),
    ('ingest', 'inbound_event', 'INSERT', 'id, tenant_id, integration_id, provider, external_id, type, status, reason, about_kind, about_ref, occurred_at, source_ip, body_id, body_hash, next_relay_at, processed_at'),
    ('ingest', 'inbound_body', 'INSERT', NULL),
    -- Sending. It also writes the event that tells of a delivery that failed for good, in the transaction of the failure.
    ('dispatch', 'webhook_delivery', 'SELECT', NULL),
    ('dispatch', 'webhook_delivery', 'INSERT', 'id, tenant_id, event_id, endpoint_id, shard, status, next_attempt_at'),
    ('dispatch', 'webhook_delivery', 'UPDATE', 'status, attempts, next_attempt_at, lease_until, lease_token, last_status_code, last_error, updated_at, delivered_at'),
    ('dispatch', 'webhook_endpoint', 'SELECT', NULL),
    ('dispatch', 'webhook_endpoint', 'UPDATE', 'rate_tokens, rate_at, consecutive_failures, failing_since, slow_until'),
    ('dispatch', 'former_secret', 'SELECT', 'id, tenant_id, kind, subject_id, secret, replaced_at, valid_until, retired_at'),
    ('dispatch', 'webhook_event', 'SELECT', NULL),
    ('dispatch', 'webhook_event', 'INSERT', 'tenant_id, id, type, payload, payload_bytes, channels'),
    ('dispatch', 'delivery_attempt', 'SELECT, INSERT', NULL),
    ('dispatch', 'event_type', 'SELECT', 'tenant_id, name, version, retry_schedule, archived_at'),
    ('dispatch', 'run', 'SELECT', 'workflow_id, tenant_id, kind, subject_id, updated_at'),
    -- Handing recorded news and commands on to Temporal, and counting on them.
    ('relay', 'inbound_event', 'SELECT', NULL),
    ('relay', 'inbound_event', 'INSERT', 'id, tenant_id, integration_id, provider, external_id, status, reason, source_ip, duplicates, processed_at'),
    ('relay', 'inbound_event', 'UPDATE', 'status, reason, workflow_id, processed_at, next_relay_at, relay_attempts, lease_until, lease_token, duplicates, conflicts'),
    ('relay', 'external_reference', 'SELECT', NULL),
    ('relay', 'outbox_command', 'SELECT', NULL),
    ('relay', 'outbox_command', 'UPDATE', 'attempts, next_at, last_error, sent_at'),
    -- What is looked up before a tenant is known: a key, the integration that a webhook's address names, whether a tenant exists.
    ('gate', 'tenant', 'SELECT', 'id'),
    ('gate', 'api_key', 'SELECT', NULL),
    ('gate', 'api_key', 'UPDATE', 'last_used_at'),
    ('gate', 'integration', 'SELECT', NULL),
    -- Invariants, clean-up, retention, and sealing values anew under another key.
    ('upkeep', 'tenant', 'SELECT', 'id'),
    ('upkeep', 'webhook_delivery', 'SELECT', NULL),
    ('upkeep', 'webhook_delivery', 'INSERT', 'id, tenant_id, event_id, endpoint_id, shard, status, next_attempt_at'),
    ('upkeep', 'webhook_delivery', 'UPDATE', 'lease_until, lease_token'),
    ('upkeep', 'webhook_event', 'SELECT', 'tenant_id, id, type, created_at, only_endpoint_id'),
    ('upkeep', 'delivery_attempt', 'SELECT', 'tenant_id, delivery_id, at'),
    ('upkeep', 'webhook_endpoint', 'SELECT', 'id, tenant_id, shard, event_types, channels, filter, enabled, status, ordered, slow_until, created_at, updated_at, deleted_at, secret, previous_secret, secret_headers'),
    ('upkeep', 'webhook_endpoint', 'UPDATE', 'secret, previous_secret, secret_headers'),
    ('upkeep', 'integration', 'SELECT', 'id, tenant_id, credentials'),
    ('upkeep', 'integration', 'UPDATE', 'credentials'),
    ('upkeep', 'former_secret', 'SELECT', 'id, tenant_id, secret, valid_until, retired_at'),
    ('upkeep', 'former_secret', 'UPDATE', 'secret'),
    ('upkeep', 'candidate', 'SELECT', 'id, tenant_id, personal'),
    ('upkeep', 'candidate', 'UPDATE', 'personal'),
    ('upkeep', 'document', 'SELECT', 'id, tenant_id, content'),
    ('upkeep', 'document', 'UPDATE', 'content'),
    ('upkeep', 'inbound_event', 'SELECT', 'tenant_id, id, status, received_at, next_relay_at, lease_until'),
    ('upkeep', 'inbound_event', 'DELETE', NULL),
    ('upkeep', 'inbound_body', 'SELECT', NULL),
    ('upkeep', 'inbound_body', 'UPDATE', 'body'),
    ('upkeep', 'inbound_body', 'DELETE', NULL),
    ('upkeep', 'idempotency_record', 'SELECT', 'scope, key, answer, expires_at'),
    ('upkeep', 'idempotency_record', 'UPDATE', 'answer'),
    ('upkeep', 'idempotency_record', 'DELETE', NULL)
  ) AS listed (duty, on_table, commands, columns)
  LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', given.on_table);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', given.on_table);
    FOREACH command IN ARRAY string_to_array(given.commands, ', ') LOOP
      condition := CASE
        WHEN given.duty <> 'app' THEN 'true'
        WHEN given.on_table = 'tenant' AND command = 'INSERT' THEN platform
        -- CASE and not OR: half of an OR would be looked up by itself, and a page of a long list would read and sort all of it.
        WHEN given.on_table = 'tenant' THEN format('CASE WHEN %s THEN true ELSE id = %s END', platform, tenant)
        WHEN given.on_table IN ('api_key', 'audit_entry') THEN format('CASE WHEN tenant_id IS NULL THEN %s ELSE tenant_id = %s END', platform, tenant)
        -- A kept answer belongs to the key that asked, and is seen by whoever sees that key.
        WHEN given.on_table = 'idempotency_record' THEN 'EXISTS (SELECT FROM api_key k WHERE k.id = scope)'
        ELSE format('tenant_id = %s', tenant)
      END;
      EXECUTE format('GRANT %s%s ON %I TO %I', command, coalesce(' (' || given.columns || ')', ''), given.on_table, 'waystation_' || given.duty);
      EXECUTE format('CREATE POLICY %I ON %I FOR %s TO %I%s%s', given.duty || '_' || lower(command), given.on_table, command, 'waystation_' || given.duty,
        CASE WHEN command <> 'INSERT' THEN format(' USING (%s)', condition) ELSE '' END,
        CASE WHEN command IN ('INSERT', 'UPDATE') THEN format(' WITH CHECK (%s)', condition) ELSE '' END);
    END LOOP;
  END LOOP;
END $$;

-- A bucket's key is all that names a tenant, and it holds nothing of one.
GRANT SELECT, INSERT, UPDATE ON "rate_bucket" TO waystation_ingest;
GRANT SELECT ("key", "at"), DELETE ON "rate_bucket" TO waystation_upkeep;

-- Entries are linked by whoever owns the log: no role may change one. Its own rows are hidden from an owner that is no
-- superuser, this table's excepted; an entry that would stay unlinked fails the commit.
CREATE POLICY owner_links ON "audit_entry" TO CURRENT_USER USING (true) WITH CHECK (true);

CREATE OR REPLACE FUNCTION audit_entry_link() RETURNS TRIGGER LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
  head_position BIGINT;
  head_hash BYTEA;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('audit_entry ' || coalesce(NEW.tenant_id, ''), 0));
  -- Two statements, because IS NOT DISTINCT FROM would not use the index.
  IF NEW.tenant_id IS NULL THEN
    SELECT e.position, e.hash INTO head_position, head_hash FROM audit_entry e WHERE e.tenant_id IS NULL AND e.position IS NOT NULL ORDER BY e.position DESC LIMIT 1;
  ELSE
    SELECT e.position, e.hash INTO head_position, head_hash FROM audit_entry e WHERE e.tenant_id = NEW.tenant_id AND e.position IS NOT NULL ORDER BY e.position DESC LIMIT 1;
  END IF;
  head_position := coalesce(head_position, 0) + 1;
  head_hash := coalesce(head_hash, decode(repeat('00', 32), 'hex'));
  UPDATE audit_entry SET position = head_position, previous_hash = head_hash, hash = audit_entry_hash(head_hash, head_position, NEW) WHERE id = NEW.id;
  IF NOT FOUND THEN RAISE EXCEPTION 'audit entry % could not be linked: audit_entry_link must belong to the owner of the table', NEW.id; END IF;
  RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION audit_entry_link() FROM PUBLIC;

-- What it calls is looked up in these schemas alone, whatever the inserting session's search_path says.
DO $$
BEGIN
  EXECUTE format('ALTER FUNCTION audit_entry_link() SET search_path = pg_catalog, %I, pg_temp', current_schema());
END $$;
