-- Sets of packs that were in force or proposed, by value, sealed by nothing:
-- rules are public.
create table rulebook_sets (
  version text not null primary key,
  body    bytea not null
);

create table rulebook_proposals (
  number      bigint not null primary key,
  state       text   not null, -- proposed, scheduled, switched, cancelled, refused
  base        text   not null, -- version of the set in force when it was made
  version     text   not null references rulebook_sets (version),
  packs       text   not null, -- packs that it brings, by version, separated by commas
  note        text   not null,
  by_id       text   not null,
  by_name     text   not null,
  made_at     bigint not null,
  due_at      bigint not null, -- when it is to be switched on; 0: not scheduled
  approved_id text   not null, -- who scheduled it or switched it on
  approved_by text   not null,
  closed_at   bigint not null, -- when it was switched on, cancelled or refused; 0: it is open
  problem     text   not null, -- JSON: why it was refused when its time came
  trial_job   text   not null, -- job of the newest shadow run
  trial       bytea  not null, -- JSON: its reports; empty: there is none
  trial_at    bigint not null,
  revision    bigint not null
);

create index rulebook_due on rulebook_proposals (state, due_at);

create table rulebook_switches (
  number   bigint not null primary key,
  kind     text   not null, -- proposal, rollback
  proposal bigint not null, -- 0: none
  before   text   not null references rulebook_sets (version),
  after    text   not null references rulebook_sets (version),
  command  bigint not null, -- number in the outbox
  by_id    text   not null,
  by_name  text   not null,
  at       bigint not null,
  note     text   not null
);
