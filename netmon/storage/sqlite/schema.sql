-- State and log of one engine (DESIGN section 6). Times are UTC milliseconds, blobs are msgpack unless said otherwise.
-- A change here raises VERSION in database.py and comes with a step that upgrades the release before.

CREATE TABLE checkpoint (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    batch INTEGER NOT NULL,
    last_seq INTEGER NOT NULL,
    at INTEGER NOT NULL,
    log_bytes INTEGER NOT NULL,
    poll_bytes INTEGER NOT NULL
);
INSERT INTO checkpoint VALUES (1, 0, 0, 0, 0, 0);

-- The log: two tables, one numbering. Both hold zlib(msgpack([offsets from first_seq, observations])).
CREATE TABLE observation_batch (
    first_seq INTEGER PRIMARY KEY,
    batch INTEGER NOT NULL,
    at INTEGER NOT NULL,
    count INTEGER NOT NULL,
    polls INTEGER NOT NULL,
    data BLOB NOT NULL
);
CREATE TABLE poll_batch (
    first_seq INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    data BLOB NOT NULL
);

-- Rows of zlib; a snapshot counts once the row with last = 1 is there.
CREATE TABLE snapshot (
    seq INTEGER NOT NULL,
    part INTEGER NOT NULL,
    last INTEGER NOT NULL,
    at INTEGER NOT NULL,
    batch INTEGER NOT NULL,
    data BLOB NOT NULL,
    PRIMARY KEY (seq, part)
);

-- nr follows the order of the raises: an occurrence keeps its row until it is purged.
-- told is the number of the last change, of those too that leave the alarm as it stands alone.
CREATE TABLE alarm (
    nr INTEGER PRIMARY KEY,
    alarm_id TEXT NOT NULL UNIQUE,
    version INTEGER NOT NULL,
    told INTEGER NOT NULL,
    state TEXT NOT NULL,
    object TEXT NOT NULL,
    cleared INTEGER,
    data BLOB NOT NULL
);
-- Grows at its end and shrinks at its begin; object is in it so that those of others need not be read.
CREATE INDEX alarm_cleared ON alarm (cleared, alarm_id, object) WHERE cleared IS NOT NULL;
-- One row per batch, not per change: a third of the CPU and a sixth of the disk. zlib(msgpack(changes)), each with the
-- number of the one before it of the same alarm: a table of them would cost a page per alarm and batch.
CREATE TABLE alarm_change (
    first_seq INTEGER PRIMARY KEY,
    last_seq INTEGER NOT NULL,
    at INTEGER NOT NULL,
    data BLOB NOT NULL
);
CREATE TABLE alarm_history (
    alarm_id TEXT PRIMARY KEY,
    object TEXT NOT NULL,
    type TEXT NOT NULL,
    qualifier TEXT NOT NULL,
    raised INTEGER NOT NULL,
    cleared INTEGER,
    data BLOB NOT NULL
) WITHOUT ROWID;
CREATE INDEX alarm_history_cleared ON alarm_history (cleared, alarm_id);
CREATE INDEX alarm_history_key ON alarm_history (object, type, qualifier, cleared);

-- line is canonical JSON, the text that was hashed.
CREATE TABLE usage_record (
    feed TEXT NOT NULL,
    rec_seq INTEGER NOT NULL,
    id TEXT NOT NULL,
    kind TEXT NOT NULL,
    series TEXT NOT NULL,
    start INTEGER NOT NULL,
    "end" INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    line BLOB NOT NULL,
    hash TEXT NOT NULL,
    PRIMARY KEY (feed, rec_seq)
);
CREATE INDEX usage_record_id ON usage_record (id);
CREATE INDEX usage_record_start ON usage_record (feed, start, rec_seq);
CREATE INDEX usage_record_series ON usage_record (feed, series, start, rec_seq);
CREATE INDEX usage_record_number ON usage_record (feed, series, rec_seq);
-- X'...': "quality":"measured"
CREATE INDEX usage_record_doubt ON usage_record (feed, start, rec_seq)
    WHERE (kind = 'exception' OR instr(line, X'227175616c697479223a226d6561737572656422') = 0);
CREATE TABLE usage_file (
    feed TEXT NOT NULL,
    file_seq INTEGER NOT NULL,
    name TEXT NOT NULL,
    opened INTEGER NOT NULL,
    closed INTEGER NOT NULL,
    closure_reason INTEGER NOT NULL,
    first_rec_seq INTEGER,
    last_rec_seq INTEGER,
    prev_file_sha256 TEXT NOT NULL,
    content_sha256 TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    published INTEGER,
    acknowledged INTEGER,
    archived INTEGER,
    PRIMARY KEY (feed, file_seq)
);
-- What is asked every few seconds: what billing has not, what is to be archived, and what it has for long.
CREATE INDEX usage_file_waiting ON usage_file (feed, file_seq) WHERE published IS NOT NULL AND acknowledged IS NULL;
CREATE INDEX usage_file_unarchived ON usage_file (feed, file_seq) WHERE acknowledged IS NOT NULL AND archived IS NULL;
CREATE INDEX usage_file_acknowledged ON usage_file (feed, acknowledged, file_seq) WHERE acknowledged IS NOT NULL;
-- Up to when a feed is complete, as the core stated it, and its last record then; those that files still need.
CREATE TABLE usage_settled (
    feed TEXT NOT NULL,
    through INTEGER NOT NULL,
    rec_seq INTEGER NOT NULL,
    PRIMARY KEY (feed, through)
) WITHOUT ROWID;

CREATE TABLE cursor (
    name TEXT PRIMARY KEY,
    position INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE source_state (
    source TEXT NOT NULL,
    key TEXT NOT NULL,
    value BLOB NOT NULL,
    changed INTEGER NOT NULL,
    PRIMARY KEY (source, key)
) WITHOUT ROWID;
-- The last messages that the receiver of traps turned away, data is JSON.
CREATE TABLE trap_rejected (
    nr INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    data BLOB NOT NULL
);
-- Answers of operator requests, JSON, kept 24 h.
CREATE TABLE request (
    id TEXT PRIMARY KEY,
    at INTEGER NOT NULL,
    answer BLOB NOT NULL
) WITHOUT ROWID;
CREATE INDEX request_at ON request (at);
-- Tasks of TMF642, body is JSON, kept 30 days.
CREATE TABLE task (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    at INTEGER NOT NULL,
    body BLOB NOT NULL
) WITHOUT ROWID;
CREATE INDEX task_at ON task (at);
CREATE INDEX task_kind ON task (kind, at, id);

CREATE TABLE operator (
    name TEXT PRIMARY KEY,
    role TEXT NOT NULL,
    password TEXT NOT NULL,
    created INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE api_token (
    id TEXT PRIMARY KEY,
    operator TEXT NOT NULL REFERENCES operator (name),
    scope TEXT NOT NULL,
    sha256 TEXT NOT NULL UNIQUE,
    created INTEGER NOT NULL,
    expires INTEGER,
    used INTEGER
) WITHOUT ROWID;
-- sha256 of the cookie.
CREATE TABLE session (
    sha256 TEXT PRIMARY KEY,
    operator TEXT NOT NULL REFERENCES operator (name),
    created INTEGER NOT NULL,
    used INTEGER NOT NULL,
    address TEXT NOT NULL
) WITHOUT ROWID;
-- body is JSON.
CREATE TABLE saved_view (
    operator TEXT NOT NULL REFERENCES operator (name),
    name TEXT NOT NULL,
    shared INTEGER NOT NULL,
    body BLOB NOT NULL,
    changed INTEGER NOT NULL,
    PRIMARY KEY (operator, name)
) WITHOUT ROWID;
-- targets is a JSON list.
CREATE TABLE audit (
    at INTEGER NOT NULL,
    user TEXT NOT NULL,
    action TEXT NOT NULL,
    result TEXT NOT NULL,
    role TEXT NOT NULL,
    address TEXT NOT NULL,
    targets TEXT NOT NULL,
    comment TEXT NOT NULL,
    on_behalf_of TEXT NOT NULL,
    request_id TEXT NOT NULL,
    before TEXT NOT NULL,
    after TEXT NOT NULL,
    id INTEGER PRIMARY KEY
);
CREATE INDEX audit_sign_in ON audit (at) WHERE action = 'sign-in';
-- Requests of which an alarm was refused: after says which ones, and why.
CREATE INDEX audit_refused ON audit (at) WHERE after <> '';
