-- Writing datasets: push and deletion, one statement each (src/datasets/README.md).
--
-- A push checks every patch against the record it replaces and then writes all of them or none. As one CTE that
-- loses updates: a CTE checks against the snapshot of its beginning, and that is what stood before it waited for the
-- lock (measured with 16 devices: 16 097 patches laid over newer records; with the check repeated in ON CONFLICT
-- 1 417 pushes were half applied). In a volatile function each statement has a snapshot of its own, so what runs after
-- the lock sees whatever the last holder committed (the same test: none lost, none halved).
--
-- The lock is the identity's row. It serialises the pushes of one user, all datasets together: so limits hold among
-- concurrent writers, counts have no gaps, the identity's entries get their numbers in the order of their commits,
-- and `last_seq` is exactly the last of them. NO KEY: a new login of the identity does not wait.
--
-- Nothing is written before everything is checked, so a refusal is a plain answer (`outcome`) and costs no rollback.
--
-- Speed. Each plan is made once: with the lengths of the arrays in sight Postgres would plan anew at every call
-- (twice the time). OFFSET 0 keeps the look-up by key a look-up: as a plain join the generic plan reads the whole
-- dataset. Arrays beat a JSON text of the patches by a twentieth at 1 patch and a tenth at 100.

-- The datasets that arose by a merge of identities: each pull asks for them, and hardly anybody has one.
CREATE INDEX datasets_merged ON rockpool.datasets (identity_id, merged_from) WHERE merged_from IS NOT NULL;
--> statement-breakpoint
-- One push. The arrays have one element a patch, in its order, no key twice; `p_values`: null removes;
-- `p_counts`: the count that the device last saw; `p_times`: when the device changed it, in milliseconds, null for now.
-- Answers with `outcome`:
--   pushed    all is stored: `new_count`, `stored_at` (milliseconds), `entry` (its number in the journal).
--             Without patches nothing is made: the count as it is, `entry` the identity's last
--   conflict  nothing is stored: `new_count` is the count as it is, `detail` what the server holds for each patch that
--             is older than it
--   spent     the session token was used by an earlier push
--   datasets, records, bytes   a limit: `detail` has `limit` and `would`
--   merged    `detail` is the identity that this one was merged into
--   unknown   there is no such identity
CREATE FUNCTION rockpool.push_dataset(
  p_identity text, p_name text,
  p_keys text[], p_values text[], p_counts bigint[], p_times bigint[],
  p_actor text, p_device text, p_session text, p_session_end bigint,
  OUT outcome text, OUT new_count bigint, OUT stored_at bigint, OUT entry bigint, OUT detail json
)
LANGUAGE plpgsql VOLATILE
SET plan_cache_mode = force_generic_plan
SET lock_timeout = '2s'
AS $$
DECLARE
  c_datasets CONSTANT integer := 20;
  c_records CONSTANT integer := 1024;
  c_bytes CONSTANT integer := 1048576;
  v_by text := coalesce(p_device, p_identity);
  v_now timestamptz(3);
  v_merged_into text;
  v_dataset_count integer;
  v_exists boolean;
  v_records bigint;
  v_bytes bigint;
  v_more_records bigint;
  v_more_bytes bigint;
  v_conflicts bigint;
BEGIN
  SELECT i.merged_into, i.dataset_count, i.last_seq INTO v_merged_into, v_dataset_count, entry
  FROM rockpool.identities i WHERE i.id = p_identity FOR NO KEY UPDATE;
  IF NOT FOUND THEN
    outcome := 'unknown';
    RETURN;
  END IF;
  IF v_merged_into IS NOT NULL THEN
    outcome := 'merged';
    detail := to_json(v_merged_into);
    RETURN;
  END IF;
  IF p_session IS NOT NULL THEN
    PERFORM 1 FROM rockpool.spent_sessions s WHERE s.id = p_session;
    IF FOUND THEN
      outcome := 'spent';
      RETURN;
    END IF;
  END IF;

  SELECT d.exists, d.sync_count, d.num_records, d.data_storage INTO v_exists, new_count, v_records, v_bytes
  FROM rockpool.datasets d WHERE d.identity_id = p_identity AND d.name = p_name;
  new_count := coalesce(new_count, 0);
  v_exists := coalesce(v_exists, false);
  IF cardinality(p_keys) = 0 THEN
    outcome := 'pushed';
    RETURN;
  END IF;

  SELECT count(*) FILTER (WHERE p.count < r.sync_count),
    count(p.value) - count(r.value),
    coalesce(sum(octet_length(p.key) + octet_length(p.value)), 0)
      - coalesce(sum(octet_length(p.key) + octet_length(r.value)), 0)
  INTO v_conflicts, v_more_records, v_more_bytes
  FROM unnest(p_keys, p_values, p_counts) AS p(key, value, count)
  LEFT JOIN LATERAL (
    SELECT r.sync_count, r.value FROM rockpool.records r
    WHERE r.identity_id = p_identity AND r.dataset = p_name AND r.key = p.key OFFSET 0
  ) r ON true;
  IF v_conflicts > 0 THEN
    outcome := 'conflict';
    SELECT json_agg(json_build_object('key', p.key, 'sent', p.count, 'current', r.sync_count, 'record', json_build_object(
      'key', r.key, 'value', r.value, 'syncCount', r.sync_count,
      'lastModifiedAt', r.last_modified_at AT TIME ZONE 'UTC', 'lastModifiedBy', r.last_modified_by,
      'deviceLastModifiedAt', r.device_last_modified_at AT TIME ZONE 'UTC')) ORDER BY p.place)
    INTO detail
    FROM unnest(p_keys, p_counts) WITH ORDINALITY AS p(key, count, place)
    JOIN rockpool.records r ON r.identity_id = p_identity AND r.dataset = p_name AND r.key = p.key
    WHERE p.count < r.sync_count;
    RETURN;
  END IF;

  -- Whoever is above a limit (a merge never fails for one) may still make less of it.
  v_records := coalesce(v_records, 0) + v_more_records;
  v_bytes := coalesce(v_bytes, 0) + v_more_bytes;
  IF NOT v_exists AND v_dataset_count >= c_datasets THEN
    outcome := 'datasets';
    detail := json_build_object('limit', c_datasets, 'would', v_dataset_count + 1);
    RETURN;
  ELSIF v_more_records > 0 AND v_records > c_records THEN
    outcome := 'records';
    detail := json_build_object('limit', c_records, 'would', v_records);
    RETURN;
  ELSIF v_more_bytes > 0 AND v_bytes > c_bytes THEN
    outcome := 'bytes';
    detail := json_build_object('limit', c_bytes, 'would', v_bytes);
    RETURN;
  END IF;

  outcome := 'pushed';
  new_count := new_count + 1;
  v_now := clock_timestamp();
  stored_at := date_part('epoch', v_now) * 1000;
  IF v_exists THEN
    UPDATE rockpool.datasets SET sync_count = new_count, last_modified_at = v_now, last_modified_by = v_by,
      num_records = v_records, data_storage = v_bytes
    WHERE identity_id = p_identity AND name = p_name;
  ELSE
    -- A deleted one goes on from its count, so that no device mistakes it for what it knew.
    INSERT INTO rockpool.datasets (identity_id, name, exists, sync_count, created_at, last_modified_at, last_modified_by,
      num_records, data_storage)
    VALUES (p_identity, p_name, true, new_count, v_now, v_now, v_by, v_records, v_bytes)
    ON CONFLICT (identity_id, name) DO UPDATE SET exists = true, sync_count = new_count, created_at = v_now,
      last_modified_at = v_now, last_modified_by = v_by, num_records = v_records, data_storage = v_bytes;
    v_dataset_count := v_dataset_count + 1;
  END IF;
  INSERT INTO rockpool.records (identity_id, dataset, key, value, sync_count, last_modified_at, last_modified_by,
    device_last_modified_at)
  SELECT p_identity, p_name, p.key, p.value, new_count, v_now, v_by,
    coalesce(to_timestamp(p.time::double precision / 1000), v_now)
  FROM unnest(p_keys, p_values, p_times) AS p(key, value, time)
  ON CONFLICT (identity_id, dataset, key) DO UPDATE SET value = excluded.value, sync_count = excluded.sync_count,
    last_modified_at = excluded.last_modified_at, last_modified_by = excluded.last_modified_by,
    device_last_modified_at = excluded.device_last_modified_at;
  IF p_session IS NOT NULL THEN
    INSERT INTO rockpool.spent_sessions (id, expires_at)
    VALUES (p_session, to_timestamp(p_session_end::double precision / 1000));
  END IF;
  -- <journal> What stands between these marks is what the bench leaves out to tell what the journal costs.
  entry := rockpool.journal_draw();
  INSERT INTO rockpool.journal (seq, topic, key, version, operation, after, actor, device, at)
  SELECT entry, 'dataset:' || p_identity || '/' || p_name, p_name, new_count, 'push',
    jsonb_build_object('records', jsonb_agg(jsonb_build_object(
      'k', p.key, 'v', p.value, 'c', new_count, 'm', stored_at, 'b', v_by, 'd', coalesce(p.time, stored_at)))),
    p_actor, p_device, v_now
  FROM unnest(p_keys, p_values, p_times) AS p(key, value, time);
  -- </journal>
  UPDATE rockpool.identities SET last_seq = entry, dataset_count = v_dataset_count, last_modified_at = v_now
  WHERE id = p_identity;
END $$;
--> statement-breakpoint
-- Deletes a dataset with its records and tombstones. Its row stays and keeps the count, which grows by one: a device
-- that asks with an older one is told. Answers with the dataset as it was; `outcome`: dropped, missing, merged (then
-- `survivor` is the identity that this one was merged into).
CREATE FUNCTION rockpool.drop_dataset(
  p_identity text, p_name text, p_actor text, p_device text,
  OUT outcome text, OUT survivor text, OUT sync_count bigint, OUT created_at timestamptz, OUT last_modified_at timestamptz,
  OUT last_modified_by text, OUT num_records integer, OUT data_storage integer
)
LANGUAGE plpgsql VOLATILE
SET lock_timeout = '2s'
AS $$
DECLARE
  v_now timestamptz(3);
  v_entry bigint;
BEGIN
  SELECT i.merged_into INTO survivor FROM rockpool.identities i WHERE i.id = p_identity FOR NO KEY UPDATE;
  IF survivor IS NOT NULL THEN
    outcome := 'merged';
    RETURN;
  END IF;
  SELECT d.sync_count, d.created_at, d.last_modified_at, d.last_modified_by, d.num_records, d.data_storage
  INTO sync_count, created_at, last_modified_at, last_modified_by, num_records, data_storage
  FROM rockpool.datasets d WHERE d.identity_id = p_identity AND d.name = p_name AND d.exists;
  IF NOT FOUND THEN
    outcome := 'missing';
    RETURN;
  END IF;
  outcome := 'dropped';
  v_now := clock_timestamp();
  DELETE FROM rockpool.records r WHERE r.identity_id = p_identity AND r.dataset = p_name;
  UPDATE rockpool.datasets d SET exists = false, sync_count = d.sync_count + 1, deleted_at_count = d.sync_count + 1,
    last_modified_at = v_now, last_modified_by = coalesce(p_device, p_identity), num_records = 0, data_storage = 0,
    merged_from = NULL
  WHERE d.identity_id = p_identity AND d.name = p_name;
  v_entry := rockpool.journal_append('dataset:' || p_identity || '/' || p_name, p_name, sync_count + 1, 'drop',
    NULL, NULL, p_actor, p_device);
  UPDATE rockpool.identities i SET last_seq = v_entry, dataset_count = i.dataset_count - 1, last_modified_at = v_now
  WHERE i.id = p_identity;
END $$;
