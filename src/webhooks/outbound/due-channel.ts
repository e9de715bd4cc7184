/** The channel on which the dispatchers hear that a shard has something due; the payload is the shard. */
export const dueChannel = "webhook_due";

/** Tells of the shards in $1 when its transaction commits. */
export const notifyDueSql = `SELECT pg_notify('${dueChannel}', shard::text)::text FROM unnest($1::int[]) AS s(shard)`;
