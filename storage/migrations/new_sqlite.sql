CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
)
;
CREATE TABLE dispatches (
	id TEXT NOT NULL, 
	kind TEXT NOT NULL, 
	arguments TEXT DEFAULT '{}' NOT NULL, 
	queue TEXT NOT NULL, 
	priority INTEGER DEFAULT 0 NOT NULL, 
	submitted_at INTEGER DEFAULT (CAST(strftime('%s', 'now') AS INTEGER)) NOT NULL, due_at INTEGER, 
	PRIMARY KEY (id)
)
;
CREATE INDEX ix_dispatches_order ON dispatches (queue, priority, submitted_at, id)
;
CREATE TABLE tool_answers (
	tool TEXT NOT NULL, 
	idempotency_key TEXT NOT NULL, 
	arguments_hash TEXT NOT NULL, 
	answer TEXT NOT NULL, 
	created_at INTEGER DEFAULT (CAST(strftime('%s', 'now') AS INTEGER)) NOT NULL, 
	PRIMARY KEY (tool, idempotency_key)
)
;
CREATE TABLE workflow_run_counts (
	template_id TEXT NOT NULL, 
	workflow_type TEXT NOT NULL, 
	status TEXT NOT NULL, 
	run_count INTEGER DEFAULT 0 NOT NULL, 
	PRIMARY KEY (template_id, workflow_type, status)
)
;
CREATE TABLE contact_emails (
	id TEXT NOT NULL, 
	contact_id TEXT NOT NULL, 
	address TEXT NOT NULL, 
	normalized TEXT NOT NULL, 
	label TEXT, 
	source TEXT NOT NULL, 
	is_verified BOOLEAN DEFAULT 0 NOT NULL, 
	created_at INTEGER DEFAULT (CAST(strftime('%s', 'now') AS INTEGER)) NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(contact_id) REFERENCES contacts (id) ON DELETE CASCADE
)
;
CREATE UNIQUE INDEX ix_contact_emails_contact_address ON contact_emails (contact_id, normalized)
;
CREATE INDEX ix_contact_emails_normalized ON contact_emails (normalized)
;
CREATE TABLE content_items (
	id TEXT NOT NULL, 
	title TEXT, 
	body TEXT, 
	content_type TEXT NOT NULL, 
	platform_target TEXT, 
	status TEXT DEFAULT 'draft' NOT NULL, 
	ai_generated BOOLEAN DEFAULT 0 NOT NULL, 
	generation_prompt TEXT, 
	scheduled_at INTEGER, 
	origin TEXT, 
	direction TEXT, 
	platform_account_id TEXT, 
	thread_id TEXT, 
	parent_item_id TEXT, 
	contact_id TEXT, 
	platform_data TEXT DEFAULT '{}' NOT NULL, 
	created_at INTEGER DEFAULT (CAST(strftime('%s', 'now') AS INTEGER)) NOT NULL, 
	updated_at INTEGER DEFAULT (CAST(strftime('%s', 'now') AS INTEGER)) NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(contact_id) REFERENCES contacts (id) ON DELETE SET NULL, 
	FOREIGN KEY(platform_account_id) REFERENCES platform_accounts (id) ON DELETE SET NULL, 
	CONSTRAINT ck_content_items_content_type CHECK (content_type IN ('post', 'article', 'thread', 'reply', 'image', 'video', 'email', 'dm', 'newsletter', 'repost')), 
	CONSTRAINT ck_content_items_status CHECK (status IN ('draft', 'review', 'approved', 'scheduled', 'published', 'imported')), 
	CONSTRAINT ck_content_items_origin CHECK (origin IN ('authored', 'received', 'imported')), 
	CONSTRAINT ck_content_items_direction CHECK (direction IN ('inbound', 'outbound'))
)
;
CREATE INDEX idx_content_items_account ON content_items (platform_account_id)
;
CREATE INDEX idx_content_items_origin ON content_items (origin)
;
CREATE INDEX idx_content_items_status ON content_items (status)
;
CREATE INDEX idx_content_items_type ON content_items (content_type)
;
CREATE TABLE scheduled_jobs (
	id TEXT NOT NULL, 
	job_type TEXT NOT NULL, 
	payload TEXT DEFAULT '{}' NOT NULL, 
	status TEXT DEFAULT 'pending' NOT NULL, 
	run_at INTEGER NOT NULL, 
	started_at INTEGER, 
	completed_at INTEGER, 
	retry_count INTEGER DEFAULT 0 NOT NULL, 
	max_retries INTEGER DEFAULT 3 NOT NULL, 
	error TEXT, 
	template_id TEXT, 
	cron_expression TEXT, 
	enabled BOOLEAN DEFAULT 1 NOT NULL, 
	last_triggered_at INTEGER, 
	created_at INTEGER DEFAULT (CAST(strftime('%s', 'now') AS INTEGER)) NOT NULL, 
	name TEXT, 
	timezone TEXT DEFAULT 'UTC' NOT NULL, 
	jitter_seconds INTEGER DEFAULT 0 NOT NULL, 
	misfire_policy TEXT DEFAULT 'run_once' NOT NULL, 
	misfire_grace_seconds INTEGER DEFAULT 300 NOT NULL, 
	next_run_at INTEGER, 
	retry_at INTEGER, 
	last_run_id TEXT, 
	updated_at INTEGER DEFAULT (CAST(strftime('%s', 'now') AS INTEGER)) NOT NULL, planted_by_run_id TEXT, tainted_by TEXT DEFAULT '[]' NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(template_id) REFERENCES workflow_templates (id) ON DELETE CASCADE, 
	CONSTRAINT ck_scheduled_jobs_status CHECK (status IN ('pending', 'running', 'completed', 'failed')), 
	CONSTRAINT ck_scheduled_jobs_misfire_policy CHECK (misfire_policy IN ('skip', 'run_once'))
)
;
CREATE INDEX ix_scheduled_jobs_due ON scheduled_jobs (next_run_at) WHERE next_run_at IS NOT NULL
;
CREATE INDEX ix_scheduled_jobs_template ON scheduled_jobs (template_id)
;
CREATE TABLE sync_cursors (
	id TEXT NOT NULL, 
	platform_account_id TEXT NOT NULL, 
	data_type TEXT NOT NULL, 
	cursor TEXT, 
	oldest_fetched_at INTEGER, 
	newest_fetched_at INTEGER, 
	total_items_synced INTEGER DEFAULT 0 NOT NULL, 
	sync_status TEXT DEFAULT 'idle' NOT NULL, 
	sync_progress TEXT, 
	sync_direction TEXT DEFAULT 'backward' NOT NULL, 
	last_sync_started_at INTEGER, 
	last_sync_completed_at INTEGER, 
	last_error TEXT, 
	created_at INTEGER DEFAULT (CAST(strftime('%s', 'now') AS INTEGER)) NOT NULL, 
	updated_at INTEGER DEFAULT (CAST(strftime('%s', 'now') AS INTEGER)) NOT NULL, run_id TEXT, 
	PRIMARY KEY (id), 
	FOREIGN KEY(platform_account_id) REFERENCES platform_accounts (id) ON DELETE CASCADE, 
	CONSTRAINT ck_sync_cursors_sync_status CHECK (sync_status IN ('idle', 'syncing', 'completed', 'failed')), 
	CONSTRAINT ck_sync_cursors_sync_direction CHECK (sync_direction IN ('forward', 'backward'))
)
;
CREATE UNIQUE INDEX idx_sync_cursor_account_type ON sync_cursors (platform_account_id, data_type)
;
CREATE TABLE content_posts (
	id TEXT NOT NULL, 
	content_item_id TEXT NOT NULL, 
	platform_account_id TEXT NOT NULL, 
	platform_post_id TEXT, 
	platform_url TEXT, 
	published_at INTEGER, 
	status TEXT DEFAULT 'scheduled' NOT NULL, 
	engagement_snapshot TEXT DEFAULT '{}' NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(content_item_id) REFERENCES content_items (id) ON DELETE CASCADE, 
	FOREIGN KEY(platform_account_id) REFERENCES platform_accounts (id) ON DELETE CASCADE, 
	CONSTRAINT ck_content_posts_status CHECK (status IN ('scheduled', 'publishing', 'published', 'failed', 'imported'))
)
;
CREATE UNIQUE INDEX idx_content_posts_platform_id ON content_posts (platform_post_id, platform_account_id)
;
CREATE TABLE engagement_metrics (
	id TEXT NOT NULL, 
	content_post_id TEXT NOT NULL, 
	snapshot_at INTEGER DEFAULT (CAST(strftime('%s', 'now') AS INTEGER)) NOT NULL, 
	likes INTEGER DEFAULT 0 NOT NULL, 
	comments INTEGER DEFAULT 0 NOT NULL, 
	shares INTEGER DEFAULT 0 NOT NULL, 
	impressions INTEGER DEFAULT 0 NOT NULL, 
	clicks INTEGER DEFAULT 0 NOT NULL, 
	bookmarks INTEGER DEFAULT 0 NOT NULL, 
	quotes INTEGER DEFAULT 0 NOT NULL, 
	retweets INTEGER DEFAULT 0 NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(content_post_id) REFERENCES content_posts (id) ON DELETE CASCADE
)
;
CREATE INDEX idx_engagement_metrics_post ON engagement_metrics (content_post_id)
;
CREATE INDEX idx_engagement_metrics_snapshot ON engagement_metrics (snapshot_at)
;
CREATE TABLE contact_search (
	number INTEGER NOT NULL, 
	contact_id TEXT NOT NULL, 
	score INTEGER NOT NULL, 
	is_archived BOOLEAN DEFAULT 0 NOT NULL, 
	created_at INTEGER NOT NULL, 
	PRIMARY KEY (number), 
	FOREIGN KEY(contact_id) REFERENCES contacts (id) ON DELETE CASCADE, 
	UNIQUE (contact_id)
)
;
CREATE TABLE contact_name_keys (
	"key" TEXT NOT NULL, 
	length INTEGER NOT NULL, 
	word TEXT NOT NULL, 
	PRIMARY KEY ("key", length, word)
)
 WITHOUT ROWID


;
CREATE VIRTUAL TABLE contact_words USING fts5(name, company, details, notes, tokenize='ascii', detail=column, columnsize=0)
;
CREATE TRIGGER trg_contact_words_delete AFTER DELETE ON contact_search BEGIN DELETE FROM contact_words WHERE rowid = CASE WHEN OLD.is_archived THEN -1 ELSE 1 END * (OLD.score * 1099511627776 + OLD.number); END
;
CREATE TABLE ready_templates (
	system_key TEXT NOT NULL, 
	content_hash TEXT NOT NULL, 
	template_id TEXT, 
	loaded_at INTEGER DEFAULT (CAST(strftime('%s', 'now') AS INTEGER)) NOT NULL, 
	PRIMARY KEY (system_key), 
	FOREIGN KEY(template_id) REFERENCES workflow_templates (id) ON DELETE SET NULL
)
;
CREATE TABLE contact_sources (
	id TEXT NOT NULL, 
	contact_id TEXT NOT NULL, 
	field TEXT NOT NULL, 
	value TEXT NOT NULL, 
	url TEXT NOT NULL, 
	method TEXT NOT NULL, 
	workflow_run_id TEXT, 
	created_at INTEGER DEFAULT (CAST(strftime('%s', 'now') AS INTEGER)) NOT NULL, 
	PRIMARY KEY (id), 
	CONSTRAINT ck_contact_sources_method CHECK (method IN ('structured', 'model', 'search', 'person')), 
	FOREIGN KEY(contact_id) REFERENCES contacts (id) ON DELETE CASCADE, 
	FOREIGN KEY(workflow_run_id) REFERENCES workflow_runs (id) ON DELETE SET NULL
)
;
CREATE UNIQUE INDEX ix_contact_sources_value ON contact_sources (contact_id, field, url)
;
CREATE INDEX ix_contact_sources_run ON contact_sources (workflow_run_id)
;
CREATE TABLE budgets (
	scope TEXT NOT NULL, 
	spent_turns INTEGER DEFAULT 0 NOT NULL, 
	spent_tokens INTEGER DEFAULT 0 NOT NULL, 
	spent_tool_calls INTEGER DEFAULT 0 NOT NULL, 
	spent_sends INTEGER DEFAULT 0 NOT NULL, 
	spent_ms INTEGER DEFAULT 0 NOT NULL, 
	held_turns INTEGER DEFAULT 0 NOT NULL, 
	held_tokens INTEGER DEFAULT 0 NOT NULL, 
	held_tool_calls INTEGER DEFAULT 0 NOT NULL, 
	held_sends INTEGER DEFAULT 0 NOT NULL, 
	held_ms INTEGER DEFAULT 0 NOT NULL, 
	spent_usd REAL DEFAULT 0 NOT NULL, 
	held_usd REAL DEFAULT 0 NOT NULL, 
	updated_at INTEGER DEFAULT (CAST(strftime('%s', 'now') AS INTEGER)) NOT NULL, 
	PRIMARY KEY (scope)
)
;
CREATE TABLE budget_holds (
	workflow_run_id TEXT NOT NULL, 
	hold_key TEXT NOT NULL, 
	scopes TEXT DEFAULT '[]' NOT NULL, 
	amounts TEXT DEFAULT '{}' NOT NULL, 
	created_at INTEGER DEFAULT (CAST(strftime('%s', 'now') AS INTEGER)) NOT NULL, 
	PRIMARY KEY (workflow_run_id, hold_key), 
	FOREIGN KEY(workflow_run_id) REFERENCES workflow_runs (id) ON DELETE CASCADE
)
;
CREATE TABLE web_hosts (
	host TEXT NOT NULL, 
	next_turn_ms INTEGER DEFAULT 0 NOT NULL, 
	robots TEXT, 
	robots_read_at INTEGER, 
	PRIMARY KEY (host)
)
;
CREATE TABLE "contacts" (
	id TEXT NOT NULL, 
	name TEXT NOT NULL, 
	first_name TEXT, 
	last_name TEXT, 
	headline TEXT, 
	company TEXT, 
	title TEXT, 
	email TEXT, 
	phone TEXT, 
	platform TEXT, 
	profile_url TEXT, 
	avatar_url TEXT, 
	bio TEXT, 
	location TEXT, 
	website TEXT, 
	notes TEXT, 
	tags TEXT DEFAULT '[]' NOT NULL, 
	funnel_stage TEXT DEFAULT 'prospect' NOT NULL, 
	score INTEGER DEFAULT 0 NOT NULL, 
	enrichment_score INTEGER DEFAULT 0 NOT NULL, 
	metadata TEXT DEFAULT '{}' NOT NULL, 
	last_interaction_at INTEGER, 
	is_self BOOLEAN DEFAULT 0 NOT NULL, 
	is_organisation BOOLEAN DEFAULT 0 NOT NULL, 
	archived_at INTEGER, 
	archive_reason TEXT, 
	archived_by_run_id TEXT, 
	created_at INTEGER DEFAULT (CAST(strftime('%s', 'now') AS INTEGER)) NOT NULL, 
	updated_at INTEGER DEFAULT (CAST(strftime('%s', 'now') AS INTEGER)) NOT NULL, enriched_at INTEGER, time_zone TEXT, country TEXT, consent_basis TEXT, consent_at INTEGER, rhythm_days INTEGER, rhythm_from INTEGER, 
	PRIMARY KEY (id), 
	CONSTRAINT ck_contacts_funnel_stage CHECK (funnel_stage IN ('prospect', 'engaged', 'qualified', 'opportunity', 'customer', 'advocate'))
)
;
CREATE INDEX idx_contacts_name ON contacts (name)
;
CREATE INDEX ix_contacts_email ON contacts (email) WHERE email IS NOT NULL
;
CREATE INDEX ix_contacts_live ON contacts (archived_at, id)
;
CREATE TABLE "platform_accounts" (
	id TEXT NOT NULL, 
	platform TEXT NOT NULL, 
	display_name TEXT NOT NULL, 
	auth_type TEXT NOT NULL, 
	account_key TEXT NOT NULL, 
	credentials_encrypted TEXT, 
	rate_limit_state TEXT DEFAULT '{}' NOT NULL, 
	status TEXT DEFAULT 'active' NOT NULL, 
	last_synced_at INTEGER, 
	created_at INTEGER DEFAULT (CAST(strftime('%s', 'now') AS INTEGER)) NOT NULL, 
	updated_at INTEGER DEFAULT (CAST(strftime('%s', 'now') AS INTEGER)) NOT NULL, transport TEXT, sender_name TEXT, signature TEXT, inbound TEXT, limits TEXT DEFAULT '{}' NOT NULL, inbox_read_at INTEGER, paused_until INTEGER, pause_reason TEXT CONSTRAINT ck_platform_accounts_pause_reason CHECK (pause_reason IN ('quota', 'blocked', 'signed_out', 'manual')), wants_old_words BOOLEAN DEFAULT 0 NOT NULL, counts TEXT DEFAULT '{}' NOT NULL, 
	PRIMARY KEY (id), 
	CONSTRAINT uq_platform_accounts_key UNIQUE (platform, account_key), 
	CONSTRAINT ck_platform_accounts_auth_type CHECK (auth_type IN ('oauth', 'session', 'api_key', 'file')), 
	CONSTRAINT ck_platform_accounts_status CHECK (status IN ('active', 'paused', 'needs_reauth'))
)
;
CREATE TABLE "contact_identities" (
	id TEXT NOT NULL, 
	contact_id TEXT NOT NULL, 
	platform TEXT NOT NULL, 
	platform_user_id TEXT NOT NULL, 
	platform_handle TEXT, 
	platform_url TEXT, 
	platform_data TEXT DEFAULT '{}' NOT NULL, 
	is_primary BOOLEAN DEFAULT 0 NOT NULL, 
	is_active BOOLEAN DEFAULT 1 NOT NULL, 
	followers_count INTEGER, 
	following_count INTEGER, 
	posts_count INTEGER DEFAULT 0 NOT NULL, 
	last_synced_at INTEGER, 
	sync_errors TEXT, 
	created_at INTEGER DEFAULT (CAST(strftime('%s', 'now') AS INTEGER)) NOT NULL, 
	updated_at INTEGER DEFAULT (CAST(strftime('%s', 'now') AS INTEGER)) NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(contact_id) REFERENCES contacts (id) ON DELETE CASCADE
)
;
CREATE INDEX idx_identity_contact ON contact_identities (contact_id)
;
CREATE UNIQUE INDEX idx_identity_platform_user ON contact_identities (platform, platform_user_id)
;
CREATE INDEX ix_identity_x_url ON contact_identities (platform_url) WHERE platform = 'x'
;
CREATE TABLE "workflow_templates" (
	id TEXT NOT NULL, 
	name TEXT NOT NULL, 
	description TEXT, 
	platform TEXT, 
	template_type TEXT NOT NULL, 
	status TEXT DEFAULT 'draft' NOT NULL, 
	config TEXT DEFAULT '{}' NOT NULL, 
	goal_metrics TEXT DEFAULT '{}' NOT NULL, 
	starts_at INTEGER, 
	ends_at INTEGER, 
	source_template_id TEXT, 
	is_system BOOLEAN DEFAULT 0 NOT NULL, 
	created_at INTEGER DEFAULT (CAST(strftime('%s', 'now') AS INTEGER)) NOT NULL, 
	updated_at INTEGER DEFAULT (CAST(strftime('%s', 'now') AS INTEGER)) NOT NULL, system_key TEXT, content_hash TEXT, tainted_by TEXT DEFAULT '[]' NOT NULL, 
	PRIMARY KEY (id), 
	CONSTRAINT ck_workflow_templates_status CHECK (status IN ('draft', 'active', 'paused', 'completed'))
)
;
CREATE INDEX ix_workflow_templates_created ON workflow_templates (created_at, id)
;
CREATE INDEX ix_workflow_templates_status ON workflow_templates (status, created_at, id)
;
CREATE INDEX ix_workflow_templates_type ON workflow_templates (template_type, created_at, id)
;
CREATE UNIQUE INDEX ix_workflow_templates_system_key ON workflow_templates (system_key)
;
CREATE TABLE "workflow_template_steps" (
	id TEXT NOT NULL, 
	template_id TEXT NOT NULL, 
	step_index INTEGER NOT NULL, 
	step_type TEXT NOT NULL, 
	config TEXT DEFAULT '{}' NOT NULL, 
	delay_hours INTEGER DEFAULT 0 NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(template_id) REFERENCES workflow_templates (id) ON DELETE CASCADE
)
;
CREATE UNIQUE INDEX ix_workflow_template_steps_place ON workflow_template_steps (template_id, step_index)
;
CREATE TABLE "workflow_steps" (
	id TEXT NOT NULL, 
	workflow_run_id TEXT NOT NULL, 
	step_index INTEGER NOT NULL, 
	step_type TEXT NOT NULL, 
	status TEXT DEFAULT 'pending' NOT NULL, 
	contact_id TEXT, 
	url TEXT, 
	tool TEXT, 
	input TEXT DEFAULT '{}' NOT NULL, 
	output TEXT DEFAULT '{}' NOT NULL, 
	error TEXT, 
	duration_ms INTEGER, 
	created_at INTEGER DEFAULT (CAST(strftime('%s', 'now') AS INTEGER)) NOT NULL, 
	step_key TEXT, 
	PRIMARY KEY (id), 
	FOREIGN KEY(contact_id) REFERENCES contacts (id) ON DELETE SET NULL, 
	FOREIGN KEY(workflow_run_id) REFERENCES workflow_runs (id) ON DELETE CASCADE, 
	CONSTRAINT ck_workflow_steps_status CHECK (status IN ('pending', 'running', 'completed', 'failed', 'skipped'))
)
;
CREATE INDEX idx_workflow_steps_run ON workflow_steps (workflow_run_id)
;
CREATE INDEX ix_workflow_steps_contact ON workflow_steps (contact_id)
;
CREATE UNIQUE INDEX ix_workflow_steps_key ON workflow_steps (workflow_run_id, step_key)
;
CREATE UNIQUE INDEX ix_workflow_steps_place ON workflow_steps (workflow_run_id, step_index)
;
CREATE TABLE approvals (
	id TEXT NOT NULL, 
	workflow_run_id TEXT, 
	call_key TEXT NOT NULL, 
	tool TEXT NOT NULL, 
	arguments TEXT DEFAULT '{}' NOT NULL, 
	shown TEXT NOT NULL, 
	content_hash TEXT NOT NULL, 
	seal TEXT NOT NULL, 
	asked_at INTEGER DEFAULT (CAST(strftime('%s', 'now') AS INTEGER)) NOT NULL, 
	expires_at INTEGER NOT NULL, 
	answer TEXT, 
	answered_at INTEGER, 
	answered_via TEXT, 
	reason TEXT, 
	used_at INTEGER, change_number INTEGER DEFAULT 0 NOT NULL, 
	PRIMARY KEY (id), 
	CONSTRAINT ck_approvals_answer CHECK (answer IN ('allowed', 'refused')), 
	CONSTRAINT ck_approvals_answered_via CHECK (answered_via IN ('cli', 'rest', 'dashboard', 'elicitation')), 
	FOREIGN KEY(workflow_run_id) REFERENCES workflow_runs (id) ON DELETE CASCADE
)
;
CREATE INDEX ix_approvals_call ON approvals (workflow_run_id, call_key)
;
CREATE TABLE run_contacts (
	workflow_run_id TEXT NOT NULL, 
	contact_id TEXT NOT NULL, 
	touch TEXT NOT NULL, 
	PRIMARY KEY (workflow_run_id, contact_id), 
	CONSTRAINT ck_run_contacts_touch CHECK (touch IN ('created', 'filled', 'changed')), 
	FOREIGN KEY(workflow_run_id) REFERENCES workflow_runs (id) ON DELETE CASCADE
)
;
CREATE TABLE template_versions (
	id TEXT NOT NULL, 
	template_id TEXT NOT NULL, 
	version INTEGER NOT NULL, 
	name TEXT NOT NULL, 
	config TEXT DEFAULT '{}' NOT NULL, 
	steps TEXT DEFAULT '[]' NOT NULL, 
	content_hash TEXT NOT NULL, 
	created_at INTEGER DEFAULT (CAST(strftime('%s', 'now') AS INTEGER)) NOT NULL, 
	approved_at INTEGER, 
	approved_via TEXT, 
	PRIMARY KEY (id), 
	CONSTRAINT ck_template_versions_approved_via CHECK (approved_via IN ('cli', 'rest', 'dashboard', 'elicitation')), 
	FOREIGN KEY(template_id) REFERENCES workflow_templates (id) ON DELETE CASCADE
)
;
CREATE UNIQUE INDEX ix_template_versions_number ON template_versions (template_id, version)
;
CREATE TABLE outbound_actions (
	id TEXT NOT NULL, 
	action_key TEXT NOT NULL, 
	enrollment_id TEXT, 
	contact_id TEXT, 
	template_id TEXT, 
	template_version_id TEXT, 
	workflow_run_id TEXT, 
	platform_account_id TEXT, 
	channel TEXT NOT NULL, 
	transport TEXT NOT NULL, 
	step_type TEXT NOT NULL, 
	step_index INTEGER NOT NULL, 
	variant TEXT, 
	from_address TEXT, 
	to_address TEXT, 
	subject TEXT, 
	body_text TEXT, 
	body_html TEXT, 
	in_reply_to TEXT, 
	message_id TEXT, 
	content_hash TEXT NOT NULL, 
	status TEXT DEFAULT 'awaiting_approval' NOT NULL, 
	reason TEXT, 
	not_before INTEGER, 
	expires_at INTEGER, 
	approved_at INTEGER, 
	approved_via TEXT, 
	approved_hash TEXT, 
	sending_at INTEGER, 
	final_dot_at INTEGER, 
	sent_at INTEGER, 
	provider_id TEXT, 
	thread_id TEXT, 
	attempts INTEGER DEFAULT 0 NOT NULL, 
	error_class TEXT, 
	error TEXT, 
	created_at INTEGER DEFAULT (CAST(strftime('%s', 'now') AS INTEGER)) NOT NULL, 
	updated_at INTEGER DEFAULT (CAST(strftime('%s', 'now') AS INTEGER)) NOT NULL, edited_at INTEGER, dated_at INTEGER, sending_claim TEXT, previous_text TEXT, content_item_id TEXT, 
	PRIMARY KEY (id), 
	CONSTRAINT ck_outbound_actions_status CHECK (status IN ('awaiting_approval', 'approved', 'rejected', 'expired', 'cancelled', 'sending', 'sent', 'failed', 'uncertain')), 
	CONSTRAINT ck_outbound_actions_approved_via CHECK (approved_via IN ('cli', 'rest', 'dashboard', 'elicitation')), 
	CONSTRAINT ck_outbound_actions_error_class CHECK (error_class IN ('retry_later', 'quota', 'blocked', 'refused', 'signed_out')), 
	FOREIGN KEY(enrollment_id) REFERENCES workflow_enrollments (id) ON DELETE SET NULL, 
	FOREIGN KEY(contact_id) REFERENCES contacts (id) ON DELETE SET NULL, 
	FOREIGN KEY(template_id) REFERENCES workflow_templates (id) ON DELETE SET NULL, 
	FOREIGN KEY(template_version_id) REFERENCES template_versions (id) ON DELETE SET NULL, 
	FOREIGN KEY(workflow_run_id) REFERENCES workflow_runs (id) ON DELETE SET NULL, 
	FOREIGN KEY(platform_account_id) REFERENCES platform_accounts (id) ON DELETE SET NULL
)
;
CREATE UNIQUE INDEX ix_outbound_actions_key ON outbound_actions (action_key)
;
CREATE UNIQUE INDEX ix_outbound_actions_message_id ON outbound_actions (message_id)
;
CREATE INDEX ix_outbound_actions_sending ON outbound_actions (platform_account_id, sending_at)
;
CREATE INDEX ix_outbound_actions_due ON outbound_actions (status, not_before)
;
CREATE INDEX ix_outbound_actions_contact ON outbound_actions (contact_id)
;
CREATE INDEX ix_outbound_actions_enrollment ON outbound_actions (enrollment_id, step_index)
;
CREATE INDEX ix_outbound_actions_template ON outbound_actions (template_id, id)
;
CREATE INDEX ix_outbound_actions_version ON outbound_actions (template_version_id)
;
CREATE INDEX ix_outbound_actions_run ON outbound_actions (workflow_run_id)
;
CREATE TABLE suppressions (
	id TEXT NOT NULL, 
	channel TEXT NOT NULL, 
	address_hash TEXT NOT NULL, 
	address TEXT, 
	contact_id TEXT, 
	reason TEXT NOT NULL, 
	source TEXT, 
	created_at INTEGER DEFAULT (CAST(strftime('%s', 'now') AS INTEGER)) NOT NULL, 
	lifted_at INTEGER, 
	lifted_via TEXT, 
	PRIMARY KEY (id), 
	CONSTRAINT ck_suppressions_reason CHECK (reason IN ('unsubscribed', 'bounce_hard', 'complaint', 'manual', 'erased')), 
	CONSTRAINT ck_suppressions_lifted_via CHECK (lifted_via IN ('cli', 'rest', 'dashboard', 'elicitation')), 
	FOREIGN KEY(contact_id) REFERENCES contacts (id) ON DELETE SET NULL
)
;
CREATE UNIQUE INDEX ix_suppressions_address ON suppressions (channel, address_hash) WHERE lifted_at IS NULL
;
CREATE INDEX ix_suppressions_contact ON suppressions (contact_id)
;
CREATE TABLE inbound_messages (
	id TEXT NOT NULL, 
	platform_account_id TEXT, 
	message_id TEXT NOT NULL, 
	in_reply_to TEXT, 
	reference_ids TEXT DEFAULT '[]' NOT NULL, 
	from_address TEXT, 
	to_address TEXT, 
	subject TEXT, 
	sent_at INTEGER, 
	headers TEXT DEFAULT '{}' NOT NULL, 
	own_text TEXT, 
	dsn TEXT DEFAULT '{}' NOT NULL, 
	contact_id TEXT, 
	outbound_action_id TEXT, 
	kind TEXT NOT NULL, 
	rule TEXT, 
	classifier_version INTEGER DEFAULT 0 NOT NULL, 
	created_at INTEGER DEFAULT (CAST(strftime('%s', 'now') AS INTEGER)) NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(platform_account_id) REFERENCES platform_accounts (id) ON DELETE SET NULL, 
	FOREIGN KEY(contact_id) REFERENCES contacts (id) ON DELETE SET NULL, 
	FOREIGN KEY(outbound_action_id) REFERENCES outbound_actions (id) ON DELETE SET NULL
)
;
CREATE UNIQUE INDEX ix_inbound_messages_key ON inbound_messages (platform_account_id, message_id)
;
CREATE INDEX ix_inbound_messages_contact ON inbound_messages (contact_id, sent_at)
;
CREATE INDEX ix_inbound_messages_action ON inbound_messages (outbound_action_id)
;
CREATE INDEX ix_inbound_messages_created ON inbound_messages (created_at)
;
CREATE TABLE outbound_switch (
	id TEXT NOT NULL, 
	state TEXT DEFAULT 'on' NOT NULL, 
	reason TEXT, 
	note TEXT, 
	changed_at INTEGER DEFAULT (CAST(strftime('%s', 'now') AS INTEGER)) NOT NULL, 
	changed_via TEXT, 
	last_seen_at INTEGER, 
	mark TEXT, 
	PRIMARY KEY (id), 
	CONSTRAINT ck_outbound_switch_state CHECK (state IN ('on', 'stopped')), 
	CONSTRAINT ck_outbound_switch_reason CHECK (reason IN ('manual', 'clock_went_back', 'restored_copy', 'key_changed')), 
	CONSTRAINT ck_outbound_switch_changed_via CHECK (changed_via IN ('cli', 'rest', 'dashboard', 'elicitation', 'mcp', 'agent', 'onelane'))
)
;
CREATE TABLE "tasks" (
	id TEXT NOT NULL, 
	title TEXT NOT NULL, 
	description TEXT, 
	task_type TEXT DEFAULT 'manual' NOT NULL, 
	status TEXT DEFAULT 'todo' NOT NULL, 
	priority TEXT DEFAULT 'medium' NOT NULL, 
	assignee TEXT DEFAULT 'user' NOT NULL, 
	related_contact_id TEXT, 
	related_template_id TEXT, 
	workflow_run_id TEXT, 
	task_key TEXT, 
	payload TEXT DEFAULT '{}' NOT NULL, 
	due_at INTEGER, 
	completed_at INTEGER, 
	created_at INTEGER DEFAULT (CAST(strftime('%s', 'now') AS INTEGER)) NOT NULL, 
	updated_at INTEGER DEFAULT (CAST(strftime('%s', 'now') AS INTEGER)) NOT NULL, outbound_action_id TEXT, outcome TEXT CONSTRAINT ck_tasks_outcome CHECK (outcome IN ('done', 'skipped')), snoozed_until INTEGER, 
	PRIMARY KEY (id), 
	FOREIGN KEY(related_contact_id) REFERENCES contacts (id) ON DELETE CASCADE, 
	FOREIGN KEY(related_template_id) REFERENCES workflow_templates (id) ON DELETE SET NULL, 
	FOREIGN KEY(workflow_run_id) REFERENCES workflow_runs (id) ON DELETE SET NULL, 
	CONSTRAINT ck_tasks_task_type CHECK (task_type IN ('manual', 'agent_review', 'follow_up', 'content_review', 'merge_proposal', 'outreach')), 
	CONSTRAINT ck_tasks_status CHECK (status IN ('todo', 'in_progress', 'blocked', 'done')), 
	CONSTRAINT ck_tasks_priority CHECK (priority IN ('low', 'medium', 'high', 'urgent')), 
	CONSTRAINT ck_tasks_assignee CHECK (assignee IN ('user', 'agent'))
, FOREIGN KEY(outbound_action_id) REFERENCES outbound_actions (id) ON DELETE SET NULL)
;
CREATE INDEX ix_tasks_contact ON tasks (related_contact_id)
;
CREATE UNIQUE INDEX ix_tasks_key ON tasks (task_key)
;
CREATE INDEX ix_tasks_status ON tasks (status, task_type, id)
;
CREATE INDEX ix_tasks_action ON tasks (outbound_action_id)
;
CREATE TABLE "workflow_enrollments" (
	id TEXT NOT NULL, 
	template_id TEXT NOT NULL, 
	contact_id TEXT NOT NULL, 
	workflow_run_id TEXT, 
	status TEXT DEFAULT 'pending' NOT NULL, 
	state_reason TEXT, 
	current_step_index INTEGER DEFAULT 0 NOT NULL, 
	enrolled_at INTEGER DEFAULT (CAST(strftime('%s', 'now') AS INTEGER)) NOT NULL, 
	completed_at INTEGER, template_version_id TEXT, platform_account_id TEXT, next_step_at INTEGER, step_began_at INTEGER, claimed_until INTEGER, paused_until INTEGER, waiting_for TEXT CONSTRAINT ck_workflow_enrollments_waiting_for CHECK (waiting_for IN ('switch', 'state', 'reply', 'suppression', 'consent', 'archived', 'template_window', 'policy', 'account', 'inbox', 'window', 'cap', 'spacing', 'exclusivity', 'missing_data', 'approval', 'undo', 'budget')), epoch INTEGER DEFAULT 0 NOT NULL, entry INTEGER DEFAULT 1 NOT NULL, seed INTEGER DEFAULT 0 NOT NULL, is_exclusive BOOLEAN DEFAULT 0 NOT NULL, enrolled_via TEXT CONSTRAINT ck_workflow_enrollments_enrolled_via CHECK (enrolled_via IN ('cli', 'rest', 'dashboard', 'elicitation', 'mcp', 'agent', 'onelane')), 
	PRIMARY KEY (id), 
	FOREIGN KEY(contact_id) REFERENCES contacts (id) ON DELETE CASCADE, 
	FOREIGN KEY(template_id) REFERENCES workflow_templates (id) ON DELETE CASCADE, 
	FOREIGN KEY(workflow_run_id) REFERENCES workflow_runs (id) ON DELETE SET NULL, 
	CONSTRAINT ck_workflow_enrollments_status CHECK (status IN ('pending', 'active', 'completed', 'replied', 'removed')), 
	CONSTRAINT ck_workflow_enrollments_state_reason CHECK (state_reason IN ('reply', 'bounce_hard', 'unsubscribed', 'suppressed', 'out_of_office', 'missing_field', 'no_channel', 'goal_reached', 'manual', 'breaker', 'template_ended', 'account_needs_reauth', 'contact_archived', 'contact_erased', 'rejected'))
, FOREIGN KEY(template_version_id) REFERENCES template_versions (id) ON DELETE SET NULL, FOREIGN KEY(platform_account_id) REFERENCES platform_accounts (id) ON DELETE SET NULL)
;
CREATE INDEX ix_workflow_enrollments_contact ON workflow_enrollments (contact_id)
;
CREATE UNIQUE INDEX ix_workflow_enrollments_ongoing ON workflow_enrollments (template_id, contact_id) WHERE status IN ('pending', 'active')
;
CREATE INDEX ix_workflow_enrollments_template ON workflow_enrollments (template_id, id)
;
CREATE UNIQUE INDEX ix_workflow_enrollments_entry ON workflow_enrollments (template_id, contact_id, entry)
;
CREATE UNIQUE INDEX ix_workflow_enrollments_exclusive ON workflow_enrollments (contact_id) WHERE status IN ('pending', 'active') AND is_exclusive
;
CREATE INDEX ix_workflow_enrollments_version ON workflow_enrollments (template_version_id)
;
CREATE TABLE "engagements" (
	id TEXT NOT NULL, 
	contact_id TEXT, 
	platform_account_id TEXT, 
	engagement_type TEXT NOT NULL, 
	direction TEXT NOT NULL, 
	content TEXT, 
	template_id TEXT, 
	workflow_run_id TEXT, 
	content_post_id TEXT, 
	platform TEXT, 
	platform_engagement_id TEXT, 
	thread_id TEXT, 
	source TEXT, 
	platform_data TEXT DEFAULT '{}' NOT NULL, 
	occurred_at INTEGER, 
	created_at INTEGER DEFAULT (CAST(strftime('%s', 'now') AS INTEGER)) NOT NULL, outbound_action_id TEXT, 
	PRIMARY KEY (id), 
	FOREIGN KEY(contact_id) REFERENCES contacts (id) ON DELETE CASCADE, 
	FOREIGN KEY(content_post_id) REFERENCES content_posts (id) ON DELETE SET NULL, 
	FOREIGN KEY(platform_account_id) REFERENCES platform_accounts (id) ON DELETE SET NULL, 
	FOREIGN KEY(template_id) REFERENCES workflow_templates (id) ON DELETE SET NULL, 
	FOREIGN KEY(workflow_run_id) REFERENCES workflow_runs (id) ON DELETE SET NULL, 
	CONSTRAINT ck_engagements_engagement_type CHECK (engagement_type IN ('connection_request', 'message', 'like', 'comment', 'share', 'follow', 'view', 'reply', 'retweet', 'quote', 'mention', 'bookmark', 'impression', 'click', 'open', 'restack', 'reaction')), 
	CONSTRAINT ck_engagements_direction CHECK (direction IN ('inbound', 'outbound'))
, FOREIGN KEY(outbound_action_id) REFERENCES outbound_actions (id) ON DELETE SET NULL)
;
CREATE INDEX idx_engagements_contact ON engagements (contact_id, occurred_at)
;
CREATE INDEX idx_engagements_content_post ON engagements (content_post_id)
;
CREATE UNIQUE INDEX idx_engagements_platform_id ON engagements (platform, platform_engagement_id, contact_id)
;
CREATE INDEX ix_engagements_run ON engagements (workflow_run_id)
;
CREATE INDEX ix_engagements_template ON engagements (template_id)
;
CREATE UNIQUE INDEX ix_engagements_action ON engagements (outbound_action_id)
;
CREATE TABLE "workflow_runs" (
	id TEXT NOT NULL, 
	template_id TEXT, 
	workflow_type TEXT NOT NULL, 
	platform_account_id TEXT, 
	status TEXT DEFAULT 'pending' NOT NULL, 
	total_items INTEGER, 
	processed_items INTEGER DEFAULT 0 NOT NULL, 
	success_items INTEGER DEFAULT 0 NOT NULL, 
	skipped_items INTEGER DEFAULT 0 NOT NULL, 
	error_items INTEGER DEFAULT 0 NOT NULL, 
	config TEXT DEFAULT '{}' NOT NULL, 
	result TEXT DEFAULT '{}' NOT NULL, 
	errors TEXT DEFAULT '[]' NOT NULL, 
	"trigger" TEXT DEFAULT 'user' NOT NULL, 
	model TEXT, 
	input_tokens INTEGER DEFAULT 0 NOT NULL, 
	output_tokens INTEGER DEFAULT 0 NOT NULL, 
	cost_usd REAL DEFAULT 0, 
	parent_workflow_id TEXT, 
	started_at INTEGER, 
	completed_at INTEGER, 
	created_at INTEGER DEFAULT (CAST(strftime('%s', 'now') AS INTEGER)) NOT NULL, 
	updated_at INTEGER DEFAULT (CAST(strftime('%s', 'now') AS INTEGER)) NOT NULL, 
	control TEXT, 
	claim TEXT, 
	attempt INTEGER DEFAULT 1 NOT NULL, 
	lost_attempts INTEGER DEFAULT 0 NOT NULL, 
	heartbeat_at INTEGER, 
	step_count INTEGER DEFAULT 0 NOT NULL, 
	status_reason TEXT, 
	schedule_id TEXT, 
	forked_from_id TEXT, 
	cache_read_tokens INTEGER DEFAULT 0 NOT NULL, 
	cache_write_tokens INTEGER DEFAULT 0 NOT NULL, driver TEXT DEFAULT 'engine' NOT NULL CONSTRAINT ck_workflow_runs_driver CHECK (driver IN ('engine', 'host', 'chat', 'mover')), planted_by_run_id TEXT, tainted_by TEXT DEFAULT '[]' NOT NULL, duration_seconds INTEGER GENERATED ALWAYS AS (completed_at - started_at), waits_until INTEGER, exclusive_key TEXT, 
	PRIMARY KEY (id), 
	FOREIGN KEY(parent_workflow_id) REFERENCES workflow_runs (id) ON DELETE SET NULL, 
	FOREIGN KEY(platform_account_id) REFERENCES platform_accounts (id) ON DELETE SET NULL, 
	FOREIGN KEY(schedule_id) REFERENCES scheduled_jobs (id) ON DELETE SET NULL, 
	FOREIGN KEY(template_id) REFERENCES workflow_templates (id) ON DELETE SET NULL, 
	CONSTRAINT ck_workflow_runs_status CHECK (status IN ('pending', 'running', 'paused', 'completed', 'failed', 'cancelled')), 
	CONSTRAINT ck_workflow_runs_trigger CHECK (trigger IN ('user', 'scheduled', 'template')), 
	CONSTRAINT ck_workflow_runs_control CHECK (control IN ('pause', 'cancel'))
)
;
CREATE INDEX idx_workflow_runs_status ON workflow_runs (status)
;
CREATE INDEX idx_workflow_runs_template ON workflow_runs (template_id)
;
CREATE INDEX idx_workflow_runs_type ON workflow_runs (workflow_type)
;
CREATE INDEX ix_workflow_runs_created ON workflow_runs (created_at, id)
;
CREATE INDEX ix_workflow_runs_ongoing ON workflow_runs (heartbeat_at) WHERE status IN ('pending', 'running')
;
CREATE INDEX ix_workflow_runs_parent ON workflow_runs (parent_workflow_id)
;
CREATE INDEX ix_workflow_runs_status_created ON workflow_runs (status, created_at, id)
;
CREATE INDEX ix_workflow_runs_status_type_created ON workflow_runs (status, workflow_type, created_at, id)
;
CREATE INDEX ix_workflow_runs_template_created ON workflow_runs (template_id, created_at, id)
;
CREATE INDEX ix_workflow_runs_type_created ON workflow_runs (workflow_type, created_at, id)
;
CREATE TRIGGER trg_run_counts_insert AFTER INSERT ON workflow_runs BEGIN INSERT INTO workflow_run_counts (template_id, workflow_type, status, run_count) SELECT '', NEW.workflow_type, NEW.status, 1 WHERE true ON CONFLICT (template_id, workflow_type, status) DO UPDATE SET run_count = run_count + (1); INSERT INTO workflow_run_counts (template_id, workflow_type, status, run_count) SELECT NEW.template_id, NEW.workflow_type, NEW.status, 1 WHERE NEW.template_id IS NOT NULL ON CONFLICT (template_id, workflow_type, status) DO UPDATE SET run_count = run_count + (1); END
;
CREATE TRIGGER trg_run_counts_delete AFTER DELETE ON workflow_runs BEGIN INSERT INTO workflow_run_counts (template_id, workflow_type, status, run_count) SELECT '', OLD.workflow_type, OLD.status, -1 WHERE true ON CONFLICT (template_id, workflow_type, status) DO UPDATE SET run_count = run_count + (-1); INSERT INTO workflow_run_counts (template_id, workflow_type, status, run_count) SELECT OLD.template_id, OLD.workflow_type, OLD.status, -1 WHERE OLD.template_id IS NOT NULL ON CONFLICT (template_id, workflow_type, status) DO UPDATE SET run_count = run_count + (-1); END
;
CREATE TRIGGER trg_run_counts_update AFTER UPDATE OF status, workflow_type, template_id ON workflow_runs BEGIN INSERT INTO workflow_run_counts (template_id, workflow_type, status, run_count) SELECT '', OLD.workflow_type, OLD.status, -1 WHERE true ON CONFLICT (template_id, workflow_type, status) DO UPDATE SET run_count = run_count + (-1); INSERT INTO workflow_run_counts (template_id, workflow_type, status, run_count) SELECT OLD.template_id, OLD.workflow_type, OLD.status, -1 WHERE OLD.template_id IS NOT NULL ON CONFLICT (template_id, workflow_type, status) DO UPDATE SET run_count = run_count + (-1); INSERT INTO workflow_run_counts (template_id, workflow_type, status, run_count) SELECT '', NEW.workflow_type, NEW.status, 1 WHERE true ON CONFLICT (template_id, workflow_type, status) DO UPDATE SET run_count = run_count + (1); INSERT INTO workflow_run_counts (template_id, workflow_type, status, run_count) SELECT NEW.template_id, NEW.workflow_type, NEW.status, 1 WHERE NEW.template_id IS NOT NULL ON CONFLICT (template_id, workflow_type, status) DO UPDATE SET run_count = run_count + (1); END
;
CREATE INDEX ix_approvals_change ON approvals (change_number)
;
CREATE INDEX ix_workflow_enrollments_due ON workflow_enrollments (next_step_at) WHERE status IN ('pending', 'active')
;
CREATE TABLE settings (
	name TEXT NOT NULL, 
	value TEXT NOT NULL, 
	changed_at INTEGER DEFAULT (CAST(strftime('%s', 'now') AS INTEGER)) NOT NULL, 
	changed_via TEXT NOT NULL, 
	PRIMARY KEY (name), 
	CONSTRAINT ck_settings_changed_via CHECK (changed_via IN ('cli', 'rest', 'dashboard', 'elicitation', 'mcp', 'agent', 'onelane'))
)
;
CREATE INDEX ix_workflow_runs_duration ON workflow_runs (duration_seconds, id)
;
CREATE INDEX ix_workflow_runs_cost ON workflow_runs (cost_usd, id)
;
CREATE UNIQUE INDEX ix_workflow_runs_exclusive ON workflow_runs (exclusive_key) WHERE status IN ('pending', 'running')
;
CREATE TABLE platform_spending (
	platform_account_id TEXT NOT NULL, 
	month TEXT NOT NULL, 
	spent_micro_usd INTEGER DEFAULT 0 NOT NULL, 
	reserved_micro_usd INTEGER DEFAULT 0 NOT NULL, 
	paid_for TEXT DEFAULT '{}' NOT NULL, 
	updated_at INTEGER DEFAULT (CAST(strftime('%s', 'now') AS INTEGER)) NOT NULL, 
	PRIMARY KEY (platform_account_id, month), 
	FOREIGN KEY(platform_account_id) REFERENCES platform_accounts (id) ON DELETE CASCADE
)
;
CREATE TABLE platform_reservations (
	platform_account_id TEXT NOT NULL, 
	request_key TEXT NOT NULL, 
	day TEXT NOT NULL, 
	micro_usd INTEGER DEFAULT 0 NOT NULL, 
	made_at INTEGER DEFAULT (CAST(strftime('%s', 'now') AS INTEGER)) NOT NULL, 
	PRIMARY KEY (platform_account_id, request_key, day), 
	FOREIGN KEY(platform_account_id) REFERENCES platform_accounts (id) ON DELETE CASCADE
)
;
CREATE TABLE platform_reads (
	platform_account_id TEXT NOT NULL, 
	resource TEXT NOT NULL, 
	resource_id TEXT NOT NULL, 
	day TEXT NOT NULL, 
	PRIMARY KEY (platform_account_id, resource, resource_id), 
	FOREIGN KEY(platform_account_id) REFERENCES platform_accounts (id) ON DELETE CASCADE
)
;
CREATE TABLE changes (
	id TEXT NOT NULL, 
	run_id TEXT, 
	what TEXT NOT NULL, 
	undone_by TEXT, 
	created_at INTEGER DEFAULT (CAST(strftime('%s', 'now') AS INTEGER)) NOT NULL, 
	PRIMARY KEY (id)
)
;
CREATE INDEX ix_changes_run ON changes (run_id)
;
CREATE INDEX ix_changes_created ON changes (created_at)
;
CREATE INDEX ix_changes_undone ON changes (undone_by)
;
CREATE TABLE changed_rows (
	id INTEGER NOT NULL, 
	change_id TEXT NOT NULL, 
	table_name TEXT NOT NULL, 
	row_id TEXT NOT NULL, 
	kind TEXT NOT NULL, 
	data TEXT DEFAULT '{}' NOT NULL, 
	PRIMARY KEY (id), 
	CONSTRAINT ck_changed_rows_kind CHECK (kind IN ('insert', 'update', 'delete'))
)
;
CREATE INDEX ix_changed_rows_change ON changed_rows (change_id)
;
CREATE INDEX ix_changed_rows_row ON changed_rows (table_name, row_id)
;
CREATE TABLE account_relations (
	platform_account_id TEXT NOT NULL, 
	relation TEXT NOT NULL, 
	identity_id TEXT NOT NULL, 
	seen_in TEXT, 
	PRIMARY KEY (platform_account_id, relation, identity_id), 
	FOREIGN KEY(platform_account_id) REFERENCES platform_accounts (id) ON DELETE CASCADE, 
	FOREIGN KEY(identity_id) REFERENCES contact_identities (id) ON DELETE CASCADE
)
;
CREATE INDEX ix_account_relations_identity ON account_relations (identity_id)
;
CREATE INDEX ix_contacts_rhythm ON contacts (rhythm_days) WHERE rhythm_days IS NOT NULL
;
CREATE INDEX ix_outbound_actions_content ON outbound_actions (content_item_id, id)
;
CREATE TABLE workflow_run_weekly_counts (
	week INTEGER NOT NULL, 
	workflow_type TEXT NOT NULL, 
	status TEXT NOT NULL, 
	run_count INTEGER DEFAULT 0 NOT NULL, 
	PRIMARY KEY (week, workflow_type, status)
)
 WITHOUT ROWID


;
CREATE TRIGGER trg_run_weeks_insert AFTER INSERT ON workflow_runs BEGIN 
INSERT INTO workflow_run_weekly_counts (week, workflow_type, status, run_count)
VALUES (NEW.created_at / 604800, NEW.workflow_type, NEW.status, 1)
ON CONFLICT (week, workflow_type, status) DO UPDATE SET run_count = run_count + 1;
 END
;
CREATE TRIGGER trg_run_weeks_delete AFTER DELETE ON workflow_runs BEGIN 
UPDATE workflow_run_weekly_counts SET run_count = run_count - 1
WHERE week = OLD.created_at / 604800 AND workflow_type = OLD.workflow_type AND status = OLD.status;
DELETE FROM workflow_run_weekly_counts
WHERE week = OLD.created_at / 604800 AND workflow_type = OLD.workflow_type AND status = OLD.status AND run_count = 0;
 END
;
CREATE TRIGGER trg_run_weeks_update AFTER UPDATE OF status, workflow_type, created_at ON workflow_runs BEGIN 
UPDATE workflow_run_weekly_counts SET run_count = run_count - 1
WHERE week = OLD.created_at / 604800 AND workflow_type = OLD.workflow_type AND status = OLD.status;
DELETE FROM workflow_run_weekly_counts
WHERE week = OLD.created_at / 604800 AND workflow_type = OLD.workflow_type AND status = OLD.status AND run_count = 0;
 
INSERT INTO workflow_run_weekly_counts (week, workflow_type, status, run_count)
VALUES (NEW.created_at / 604800, NEW.workflow_type, NEW.status, 1)
ON CONFLICT (week, workflow_type, status) DO UPDATE SET run_count = run_count + 1;
 END
;
CREATE TABLE made_up_addresses (
	address_hash TEXT NOT NULL, 
	PRIMARY KEY (address_hash)
)
;
CREATE INDEX ix_workflow_templates_name ON workflow_templates (name COLLATE NOCASE)
;
INSERT INTO alembic_version VALUES ('0022')
;
