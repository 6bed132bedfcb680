-- The journal: what changed, in order (docs/decisions.md, "The journal"; src/feed/README.md).
--
-- `seq` is drawn from one sequence after the lock of the changed row is held, so per item seq order is version
-- order. Numbers are handed out before they commit, so a reader may not simply read up to the newest. Each writer
-- first takes a shared advisory lock whose key holds the sequence's `last_value` of that moment; whoever drew a
-- number up to the lowest such key has committed, or never will.

CREATE SEQUENCE rockpool.journal_seq AS bigint CACHE 1;
--> statement-breakpoint
-- Number 1 is spent here, so that `last_value` never is a number still to come.
SELECT nextval('rockpool.journal_seq');
--> statement-breakpoint
CREATE TABLE rockpool.journal (
  seq bigint NOT NULL,
  topic text COLLATE "C" NOT NULL,
  key text COLLATE "C" NOT NULL,
  version bigint NOT NULL,
  operation text COLLATE "C" NOT NULL,
  before jsonb,
  after jsonb,
  actor text COLLATE "C",
  device text COLLATE "C",
  at timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (seq)
) PARTITION BY RANGE (seq);
--> statement-breakpoint
-- What happened to one thing: an item's entries above a position, a dataset's (its key is its name).
CREATE INDEX journal_item ON rockpool.journal (topic, key, seq);
--> statement-breakpoint
-- What happened to a model, whatever the item. Partial: the other topics have one key each and need no second index.
CREATE INDEX journal_model ON rockpool.journal (topic, seq) WHERE topic LIKE 'model:%';
--> statement-breakpoint
CREATE TABLE rockpool.journal_p1 PARTITION OF rockpool.journal FOR VALUES FROM (1) TO (1000001);
--> statement-breakpoint
CREATE TABLE rockpool.journal_p1000001 PARTITION OF rockpool.journal FOR VALUES FROM (1000001) TO (2000001);
--> statement-breakpoint
-- Draws the next number. The caller holds the lock of the row that it changes. Every journal write calls this, and
-- every call takes the lock: a rolled-back savepoint drops it, so none may rely on an earlier one.
-- The mark is the same for the whole transaction (the lowest counts, and Postgres has room for some thousands of locks
-- in all): it is kept in a setting that ends with the transaction, or with the savepoint that made it.
-- 21103 ("Ro" in ASCII) in the upper 16 bits tells these locks from others.
CREATE FUNCTION rockpool.journal_draw() RETURNS bigint
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  mark bigint := nullif(current_setting('rockpool.mark', true), '');
BEGIN
  IF mark IS NULL THEN
    SELECT last_value INTO mark FROM rockpool.journal_seq;
    PERFORM set_config('rockpool.mark', mark::text, true);
  END IF;
  PERFORM pg_advisory_xact_lock_shared((21103::bigint << 48) | mark);
  RETURN nextval('rockpool.journal_seq');
END $$;
--> statement-breakpoint
-- Writes one entry and returns its number. For writers that do not store the number in their own row.
CREATE FUNCTION rockpool.journal_append(
  p_topic text, p_key text, p_version bigint, p_operation text,
  p_before jsonb, p_after jsonb, p_actor text, p_device text
) RETURNS bigint
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  drawn bigint := rockpool.journal_draw();
BEGIN
  INSERT INTO rockpool.journal (seq, topic, key, version, operation, before, after, actor, device)
  VALUES (drawn, p_topic, p_key, p_version, p_operation, p_before, p_after, p_actor, p_device);
  RETURN drawn;
END $$;
--> statement-breakpoint
-- How far a reader may read: the lower of the newest number handed out and the lowest mark of a writer under way.
-- The order of the two reads matters: a writer that is not seen in pg_locks draws above `last_value` as read before.
CREATE FUNCTION rockpool.journal_bound() RETURNS bigint
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  head bigint;
  lowest bigint;
BEGIN
  SELECT last_value INTO head FROM rockpool.journal_seq;
  SELECT min(((l.classid::bigint << 32) | l.objid::bigint) & ((1::bigint << 48) - 1)) INTO lowest
  FROM pg_locks l
  WHERE l.locktype = 'advisory' AND l.objsubid = 1 AND (l.classid::bigint >> 16) = 21103
    AND l.database = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database());
  RETURN least(head, lowest);
END $$;
--> statement-breakpoint
-- Where a reader stands that starts now: the highest entry that may be read, the floor where there is none. All
-- entries up to it are visible to whatever is read after it.
CREATE FUNCTION rockpool.journal_horizon() RETURNS bigint
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  bound bigint := rockpool.journal_bound();
BEGIN
  RETURN (
    SELECT greatest(s.floor, (SELECT max(j.seq) FROM rockpool.journal j WHERE j.seq <= bound))
    FROM rockpool.feed_state s WHERE s.id = 1
  );
END $$;
--> statement-breakpoint
-- One page of the feed in one round trip: at most `p_limit` entries above `p_cursor`, and no more than `p_bytes` of
-- images as stored (the first entry comes whatever its size); then one last row without `seq`, its `after` the header:
--   floor, epoch: of feed_state; horizon: the highest entry that may be read, the floor where there is none;
--   newest: the highest entry that is committed (above the horizon: it waits for an older writer to end);
--   server: changes whenever another server, database or sequence answers, or the stored origin is another.
-- Volatile, so that the entries are read in a newer snapshot than the bound. The header is last because its floor
-- must not be older than the entries: what retention took away before they were read shows in it.
CREATE FUNCTION rockpool.journal_read(p_cursor bigint, p_limit integer, p_bytes bigint DEFAULT 4194304)
RETURNS TABLE (
  seq bigint, topic text, key text, version bigint, operation text,
  before jsonb, after jsonb, actor text, device text, at timestamptz
)
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  bound bigint;
  newest bigint;
  horizon bigint;
BEGIN
  -- A standby shows the entries but not the locks of the writers.
  IF pg_is_in_recovery() THEN
    RAISE EXCEPTION 'the journal is read on the primary' USING ERRCODE = 'read_only_sql_transaction';
  END IF;
  bound := rockpool.journal_bound();
  SELECT coalesce(max(j.seq), 0) INTO newest FROM rockpool.journal j;
  IF newest <= bound THEN
    horizon := newest;
  ELSE
    SELECT coalesce(max(j.seq), 0) INTO horizon FROM rockpool.journal j WHERE j.seq <= bound;
  END IF;
  RETURN QUERY
    SELECT p.seq, p.topic, p.key, p.version, p.operation, p.before, p.after, p.actor, p.device, p.at::timestamptz
    FROM (
      SELECT j.*, sum(coalesce(pg_column_size(j.before), 0) + coalesce(pg_column_size(j.after), 0))
        OVER (ORDER BY j.seq ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS bytes_before
      FROM rockpool.journal j WHERE j.seq > p_cursor AND j.seq <= horizon ORDER BY j.seq LIMIT p_limit
    ) p
    WHERE coalesce(p.bytes_before, 0) < p_bytes ORDER BY p.seq;
  RETURN QUERY
    SELECT NULL::bigint, NULL::text, NULL::text, NULL::bigint, NULL::text, NULL::jsonb,
      jsonb_build_object(
        'floor', s.floor, 'epoch', s.epoch, 'horizon', greatest(s.floor, horizon), 'newest', greatest(s.floor, newest),
        'server', concat_ws('/', s.origin, extract(epoch FROM pg_postmaster_start_time()),
          (SELECT d.oid FROM pg_database d WHERE d.datname = current_database()),
          'rockpool.journal_seq'::regclass::oid)),
      NULL::text, NULL::text, NULL::timestamptz
    FROM rockpool.feed_state s WHERE s.id = 1;
END $$;
--> statement-breakpoint
-- What an epoch is taken from: system identifier, timeline (the control file lags, the name of the WAL file does
-- not), oids of the database and of the sequence. A part that a managed Postgres does not let us read is '-'.
CREATE FUNCTION rockpool.feed_origin() RETURNS text
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  system text;
  timeline text;
BEGIN
  BEGIN
    SELECT c.system_identifier::text INTO system FROM pg_control_system() c;
  EXCEPTION WHEN insufficient_privilege OR undefined_function OR feature_not_supported THEN
    system := '-';
  END;
  BEGIN
    timeline := left(pg_walfile_name(pg_current_wal_lsn()), 8);
  EXCEPTION WHEN insufficient_privilege OR undefined_function OR feature_not_supported THEN
    timeline := '-';
  END;
  RETURN concat_ws('/', system, timeline,
    (SELECT d.oid FROM pg_database d WHERE d.datname = current_database()),
    'rockpool.journal_seq'::regclass::oid);
END $$;
--> statement-breakpoint
-- A time that names a position, for one who reads after this returns: the last mark while the horizon stands still,
-- else a new one, above the last in both columns. The first look is without a lock, so that reuse costs nobody; who
-- inserts does so alone, whatever the node.
CREATE FUNCTION rockpool.mark_take() RETURNS TABLE (ms bigint, horizon bigint)
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  present bigint := rockpool.journal_horizon();
  last_ms bigint;
  last_horizon bigint;
BEGIN
  SELECT m.ms, m.horizon INTO last_ms, last_horizon FROM rockpool.marks m ORDER BY m.ms DESC LIMIT 1;
  IF last_horizon IS NULL OR last_horizon < present THEN
    -- The two-key form: never taken for a writer's mark.
    PERFORM pg_advisory_xact_lock(21103, 1);
    SELECT m.ms, m.horizon INTO last_ms, last_horizon FROM rockpool.marks m ORDER BY m.ms DESC LIMIT 1;
    IF last_horizon IS NULL OR last_horizon < present THEN
      last_horizon := present;
      last_ms := greatest(floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint, coalesce(last_ms + 1, 0));
      INSERT INTO rockpool.marks (ms, horizon) VALUES (last_ms, last_horizon);
    END IF;
  END IF;
  RETURN QUERY SELECT last_ms, last_horizon;
END $$;
--> statement-breakpoint
INSERT INTO rockpool.feed_state (id, epoch, origin, floor, floor_moved_at)
VALUES (1, '', '', 1, clock_timestamp());
