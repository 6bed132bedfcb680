CREATE SCHEMA IF NOT EXISTS "rockpool";
--> statement-breakpoint
CREATE TABLE "rockpool"."datasets" (
	"identity_id" text COLLATE "C" NOT NULL,
	"name" text COLLATE "C" NOT NULL,
	"exists" boolean NOT NULL,
	"sync_count" bigint NOT NULL,
	"deleted_at_count" bigint,
	"created_at" timestamp(3) with time zone NOT NULL,
	"last_modified_at" timestamp(3) with time zone NOT NULL,
	"last_modified_by" text COLLATE "C" NOT NULL,
	"num_records" integer NOT NULL,
	"data_storage" integer NOT NULL,
	"merged_from" text COLLATE "C",
	CONSTRAINT "datasets_identity_id_name_pk" PRIMARY KEY("identity_id","name")
);
--> statement-breakpoint
CREATE TABLE "rockpool"."identities" (
	"id" text COLLATE "C" PRIMARY KEY NOT NULL,
	"identity_pool_id" text COLLATE "C" NOT NULL,
	"created_at" timestamp(3) with time zone NOT NULL,
	"last_modified_at" timestamp(3) with time zone NOT NULL,
	"merged_into" text COLLATE "C",
	"last_seq" bigint NOT NULL,
	"dataset_count" integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE "rockpool"."logins" (
	"identity_pool_id" text COLLATE "C" NOT NULL,
	"provider" text COLLATE "C" NOT NULL,
	"subject" text COLLATE "C" NOT NULL,
	"identity_id" text COLLATE "C" NOT NULL,
	"created_at" timestamp(3) with time zone NOT NULL,
	CONSTRAINT "logins_identity_pool_id_provider_subject_pk" PRIMARY KEY("identity_pool_id","provider","subject")
);
--> statement-breakpoint
CREATE TABLE "rockpool"."records" (
	"identity_id" text COLLATE "C" NOT NULL,
	"dataset" text COLLATE "C" NOT NULL,
	"key" text COLLATE "C" NOT NULL,
	"value" text COLLATE "C",
	"sync_count" bigint NOT NULL,
	"last_modified_at" timestamp(3) with time zone NOT NULL,
	"last_modified_by" text COLLATE "C" NOT NULL,
	"device_last_modified_at" timestamp(3) with time zone NOT NULL,
	CONSTRAINT "records_identity_id_dataset_key_pk" PRIMARY KEY("identity_id","dataset","key")
);
--> statement-breakpoint
CREATE TABLE "rockpool"."spent_sessions" (
	"id" text COLLATE "C" PRIMARY KEY NOT NULL,
	"expires_at" timestamp(3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "rockpool"."feed_state" (
	"id" integer PRIMARY KEY NOT NULL,
	"epoch" text COLLATE "C" NOT NULL,
	"origin" text COLLATE "C" NOT NULL,
	"floor" bigint NOT NULL,
	"floor_moved_at" timestamp(3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "rockpool"."marks" (
	"ms" bigint PRIMARY KEY NOT NULL,
	"horizon" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "rockpool"."model_types" (
	"name" text COLLATE "C" NOT NULL,
	"shape" text COLLATE "C" NOT NULL,
	"applied_at" timestamp(3) with time zone NOT NULL,
	CONSTRAINT "model_types_name_pk" PRIMARY KEY("name")
);
--> statement-breakpoint
CREATE TABLE "rockpool"."nodes" (
	"public_url" text COLLATE "C" PRIMARY KEY NOT NULL,
	"seen_at" timestamp(3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "rockpool"."settings" (
	"name" text COLLATE "C" PRIMARY KEY NOT NULL,
	"value" text COLLATE "C" NOT NULL
);
--> statement-breakpoint
CREATE TABLE "rockpool"."conflicts" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "rockpool"."conflicts_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"model" text COLLATE "C" NOT NULL,
	"item_id" text COLLATE "C" NOT NULL,
	"operation" text COLLATE "C" NOT NULL,
	"strategy" text COLLATE "C" NOT NULL,
	"outcome" text COLLATE "C" NOT NULL,
	"base_version" integer NOT NULL,
	"base" jsonb,
	"stored" jsonb NOT NULL,
	"incoming" jsonb NOT NULL,
	"result" jsonb,
	"actor" text COLLATE "C",
	"at" timestamp(3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "rockpool"."attempt_windows" (
	"pool_id" text COLLATE "C" NOT NULL,
	"sub" text COLLATE "C" NOT NULL,
	"purpose" text COLLATE "C" NOT NULL,
	"started_at" timestamp(3) with time zone NOT NULL,
	"count" integer NOT NULL,
	CONSTRAINT "attempt_windows_pool_id_sub_purpose_pk" PRIMARY KEY("pool_id","sub","purpose")
);
--> statement-breakpoint
CREATE TABLE "rockpool"."confirmation_codes" (
	"pool_id" text COLLATE "C" NOT NULL,
	"sub" text COLLATE "C" NOT NULL,
	"purpose" text COLLATE "C" NOT NULL,
	"code_hash" text COLLATE "C" NOT NULL,
	"destination" text COLLATE "C" NOT NULL,
	"attempts" integer NOT NULL,
	"expires_at" timestamp(3) with time zone NOT NULL,
	CONSTRAINT "confirmation_codes_pool_id_sub_purpose_pk" PRIMARY KEY("pool_id","sub","purpose")
);
--> statement-breakpoint
CREATE TABLE "rockpool"."group_members" (
	"pool_id" text COLLATE "C" NOT NULL,
	"group_name" text COLLATE "C" NOT NULL,
	"sub" text COLLATE "C" NOT NULL,
	"created_at" timestamp(3) with time zone NOT NULL,
	CONSTRAINT "group_members_pool_id_sub_group_name_pk" PRIMARY KEY("pool_id","sub","group_name")
);
--> statement-breakpoint
CREATE TABLE "rockpool"."identity_pools" (
	"id" text COLLATE "C" PRIMARY KEY NOT NULL,
	"name" text COLLATE "C" NOT NULL,
	"allow_unauthenticated" boolean NOT NULL,
	"user_pools" jsonb NOT NULL,
	"created_at" timestamp(3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "rockpool"."outbox" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "rockpool"."outbox_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"to" text COLLATE "C" NOT NULL,
	"kind" text COLLATE "C" NOT NULL,
	"code" text COLLATE "C",
	"body" text COLLATE "C",
	"at" timestamp(3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "rockpool"."refresh_tokens" (
	"token_hash" text COLLATE "C" PRIMARY KEY NOT NULL,
	"pool_id" text COLLATE "C" NOT NULL,
	"client_id" text COLLATE "C" NOT NULL,
	"sub" text COLLATE "C" NOT NULL,
	"origin_jti" text COLLATE "C" NOT NULL,
	"auth_time" bigint NOT NULL,
	"created_at" timestamp(3) with time zone NOT NULL,
	"expires_at" timestamp(3) with time zone NOT NULL,
	"replaced_at" timestamp(3) with time zone,
	"revoked_at" timestamp(3) with time zone
);
--> statement-breakpoint
CREATE TABLE "rockpool"."revoked_origins" (
	"origin_jti" text COLLATE "C" PRIMARY KEY NOT NULL,
	"pool_id" text COLLATE "C" NOT NULL,
	"sub" text COLLATE "C" NOT NULL,
	"expires_at" timestamp(3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "rockpool"."signing_keys" (
	"kid" text COLLATE "C" PRIMARY KEY NOT NULL,
	"pool_id" text COLLATE "C" NOT NULL,
	"use" text COLLATE "C" NOT NULL,
	"private_key" text COLLATE "C" NOT NULL,
	"public_jwk" jsonb NOT NULL,
	"created_at" timestamp(3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "rockpool"."used_sessions" (
	"id" text COLLATE "C" PRIMARY KEY NOT NULL,
	"expires_at" timestamp(3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "rockpool"."user_aliases" (
	"pool_id" text COLLATE "C" NOT NULL,
	"kind" text COLLATE "C" NOT NULL,
	"value" text COLLATE "C" NOT NULL,
	"sub" text COLLATE "C" NOT NULL,
	CONSTRAINT "user_aliases_pool_id_kind_value_pk" PRIMARY KEY("pool_id","kind","value")
);
--> statement-breakpoint
CREATE TABLE "rockpool"."user_groups" (
	"pool_id" text COLLATE "C" NOT NULL,
	"name" text COLLATE "C" NOT NULL,
	"description" text COLLATE "C",
	"role_arn" text COLLATE "C",
	"precedence" integer,
	"created_at" timestamp(3) with time zone NOT NULL,
	"last_modified_at" timestamp(3) with time zone NOT NULL,
	CONSTRAINT "user_groups_pool_id_name_pk" PRIMARY KEY("pool_id","name")
);
--> statement-breakpoint
CREATE TABLE "rockpool"."user_pool_clients" (
	"id" text COLLATE "C" PRIMARY KEY NOT NULL,
	"pool_id" text COLLATE "C" NOT NULL,
	"name" text COLLATE "C" NOT NULL,
	"secret" text COLLATE "C",
	"settings" jsonb NOT NULL,
	"created_at" timestamp(3) with time zone NOT NULL,
	"last_modified_at" timestamp(3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "rockpool"."user_pools" (
	"id" text COLLATE "C" PRIMARY KEY NOT NULL,
	"name" text COLLATE "C" NOT NULL,
	"settings" jsonb NOT NULL,
	"created_at" timestamp(3) with time zone NOT NULL,
	"last_modified_at" timestamp(3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "rockpool"."users" (
	"pool_id" text COLLATE "C" NOT NULL,
	"username" text COLLATE "C" NOT NULL,
	"username_key" text COLLATE "C" NOT NULL,
	"sub" text COLLATE "C" NOT NULL,
	"attributes" jsonb NOT NULL,
	"status" text COLLATE "C" NOT NULL,
	"enabled" boolean NOT NULL,
	"password_hash" text COLLATE "C",
	"srp_verifier" text COLLATE "C",
	"password_set_at" timestamp(3) with time zone,
	"failed_attempts" integer NOT NULL,
	"failed_at" timestamp(3) with time zone,
	"tokens_valid_from" timestamp(3) with time zone,
	"created_at" timestamp(3) with time zone NOT NULL,
	"last_modified_at" timestamp(3) with time zone NOT NULL,
	CONSTRAINT "users_pool_id_username_key_pk" PRIMARY KEY("pool_id","username_key")
);
--> statement-breakpoint
ALTER TABLE "rockpool"."logins" ADD CONSTRAINT "logins_identity_id_identities_id_fk" FOREIGN KEY ("identity_id") REFERENCES "rockpool"."identities"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "rockpool"."signing_keys" ADD CONSTRAINT "signing_keys_pool_id_user_pools_id_fk" FOREIGN KEY ("pool_id") REFERENCES "rockpool"."user_pools"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "rockpool"."user_groups" ADD CONSTRAINT "user_groups_pool_id_user_pools_id_fk" FOREIGN KEY ("pool_id") REFERENCES "rockpool"."user_pools"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "rockpool"."user_pool_clients" ADD CONSTRAINT "user_pool_clients_pool_id_user_pools_id_fk" FOREIGN KEY ("pool_id") REFERENCES "rockpool"."user_pools"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "rockpool"."users" ADD CONSTRAINT "users_pool_id_user_pools_id_fk" FOREIGN KEY ("pool_id") REFERENCES "rockpool"."user_pools"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "logins_identity" ON "rockpool"."logins" USING btree ("identity_id");--> statement-breakpoint
CREATE INDEX "records_delta" ON "rockpool"."records" USING btree ("identity_id","dataset","sync_count","key");--> statement-breakpoint
CREATE INDEX "spent_sessions_expiry" ON "rockpool"."spent_sessions" USING btree ("expires_at");--> statement-breakpoint
CREATE INDEX "conflicts_item" ON "rockpool"."conflicts" USING btree ("model","item_id");--> statement-breakpoint
CREATE INDEX "group_members_group" ON "rockpool"."group_members" USING btree ("pool_id","group_name","sub");--> statement-breakpoint
CREATE INDEX "outbox_to" ON "rockpool"."outbox" USING btree ("to","id");--> statement-breakpoint
CREATE INDEX "refresh_tokens_user" ON "rockpool"."refresh_tokens" USING btree ("pool_id","sub");--> statement-breakpoint
CREATE INDEX "refresh_tokens_origin" ON "rockpool"."refresh_tokens" USING btree ("origin_jti");--> statement-breakpoint
CREATE INDEX "refresh_tokens_expiry" ON "rockpool"."refresh_tokens" USING btree ("expires_at");--> statement-breakpoint
CREATE INDEX "revoked_origins_user" ON "rockpool"."revoked_origins" USING btree ("pool_id","sub");--> statement-breakpoint
CREATE INDEX "signing_keys_pool" ON "rockpool"."signing_keys" USING btree ("pool_id");--> statement-breakpoint
CREATE INDEX "used_sessions_expiry" ON "rockpool"."used_sessions" USING btree ("expires_at");--> statement-breakpoint
CREATE INDEX "user_aliases_sub" ON "rockpool"."user_aliases" USING btree ("pool_id","sub");--> statement-breakpoint
CREATE INDEX "user_pool_clients_pool" ON "rockpool"."user_pool_clients" USING btree ("pool_id");--> statement-breakpoint
CREATE UNIQUE INDEX "users_sub" ON "rockpool"."users" USING btree ("pool_id","sub");