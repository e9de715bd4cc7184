-- The audit log of each tenant, and that of the platform, becomes a chain: every entry holds the hash of the one before it.
-- The database links entries, not the application: whoever inserts one, an older version of ours included, gets it linked.

-- AlterTable: null only until the inserting transaction commits
ALTER TABLE "audit_entry" ADD COLUMN     "hash" BYTEA,
ADD COLUMN     "position" BIGINT,
ADD COLUMN     "previous_hash" BYTEA;

-- What is hashed: every column in a fixed order, as JSON. src/security/audit-chain.ts makes the same text by itself.
CREATE FUNCTION audit_entry_text(e audit_entry) RETURNS TEXT LANGUAGE sql STABLE AS $$
  SELECT '{"id":' || to_json(e.id)
    || ',"tenantId":' || coalesce(to_json(e.tenant_id)::text, 'null')
    || ',"at":"' || to_char(e.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') || '"'
    || ',"actorType":' || to_json(e.actor_type)
    || ',"actorId":' || coalesce(to_json(e.actor_id)::text, 'null')
    || ',"sourceIp":' || coalesce(to_json(e.source_ip)::text, 'null')
    || ',"requestId":' || coalesce(to_json(e.request_id)::text, 'null')
    || ',"action":' || to_json(e.action)
    || ',"subjectType":' || to_json(e.subject_type)
    || ',"subjectId":' || to_json(e.subject_id)
    || ',"before":' || coalesce(e.before::text, 'null')
    || ',"after":' || coalesce(e.after::text, 'null') || '}'
$$;

CREATE FUNCTION audit_entry_hash(previous BYTEA, at_position BIGINT, e audit_entry) RETURNS BYTEA LANGUAGE sql STABLE AS $$
  SELECT sha256(previous || int8send(at_position) || convert_to(audit_entry_text(e), 'UTF8'))
$$;

-- Appends an entry to its chain. One at a time per chain, until the transaction ends: the lock is what makes it one line.
CREATE FUNCTION audit_entry_link() RETURNS TRIGGER LANGUAGE plpgsql AS $$
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
  RETURN NULL;
END $$;

-- Entries are added, and linked once; nothing else happens to them.
CREATE FUNCTION audit_entry_guard() RETURNS TRIGGER LANGUAGE plpgsql AS $$
DECLARE
  unlinked audit_entry;
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW.position IS NULL AND NEW.previous_hash IS NULL AND NEW.hash IS NULL THEN RETURN NEW; END IF;
  ELSIF TG_OP = 'UPDATE' THEN
    unlinked := NEW;
    unlinked.position := NULL;
    unlinked.previous_hash := NULL;
    unlinked.hash := NULL;
    IF OLD.hash IS NULL AND unlinked IS NOT DISTINCT FROM OLD THEN RETURN NEW; END IF;
  END IF;
  RAISE EXCEPTION 'audit entries are only ever added: % refused', TG_OP USING ERRCODE = 'insufficient_privilege';
END $$;

-- Existing entries, in the order of their ids, which is that of time. This table is locked until the migration commits.
DO $$
DECLARE
  e audit_entry;
  chain TEXT;
  at_position BIGINT;
  previous BYTEA;
BEGIN
  FOR e IN SELECT * FROM audit_entry ORDER BY tenant_id NULLS FIRST, id LOOP
    IF at_position IS NULL OR e.tenant_id IS DISTINCT FROM chain THEN
      chain := e.tenant_id;
      at_position := 0;
      previous := decode(repeat('00', 32), 'hex');
    END IF;
    at_position := at_position + 1;
    UPDATE audit_entry SET position = at_position, previous_hash = previous, hash = audit_entry_hash(previous, at_position, e) WHERE id = e.id RETURNING hash INTO previous;
  END LOOP;
END $$;

-- CreateIndex: the platform's chain, whose tenant is null, has each position once too
CREATE UNIQUE INDEX "audit_entry_tenant_id_position_key" ON "audit_entry"("tenant_id", "position") NULLS NOT DISTINCT WHERE "position" IS NOT NULL;

CREATE TRIGGER audit_entry_guard BEFORE INSERT OR UPDATE OR DELETE ON "audit_entry" FOR EACH ROW EXECUTE FUNCTION audit_entry_guard();
CREATE TRIGGER audit_entry_truncate_guard BEFORE TRUNCATE ON "audit_entry" FOR EACH STATEMENT EXECUTE FUNCTION audit_entry_guard();

-- At commit, after every other lock of the transaction: changes of one tenant can't wait for each other in a circle, and the
-- chain is held for the commit alone.
CREATE CONSTRAINT TRIGGER audit_entry_link AFTER INSERT ON "audit_entry" DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION audit_entry_link();
